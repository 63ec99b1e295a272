"""Finished models as files that need neither this package nor a config."""

from .exporting import ExportOptions, ExportReport, export_classifier

__all__ = ['ExportOptions', 'ExportReport', 'export_classifier']
