"""Sections of ``gpu_check.py``, one file for each group."""
