"""One page that shows why a long-tailed model is right or wrong."""

from .finding import ReportOptions
from .gathering import gather
from .page import write_page

__all__ = ['ReportOptions', 'gather', 'write_page']
