"""Pages of one HTML file each, about many classes, that load nothing."""

from .rendering import render_page, write_page

__all__ = ['render_page', 'write_page']
