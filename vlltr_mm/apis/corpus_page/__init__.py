"""One page on the text of the classes: where it is from, and what it confuses."""

from .page import render_page, write_page
from .selection import Selection, find_selection

__all__ = ['Selection', 'find_selection', 'render_page', 'write_page']
