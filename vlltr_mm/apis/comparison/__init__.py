"""Several configs over several seeds, side by side."""

from .differences import check_reference
from .plan import row_names, seed_options
from .reading import reading_line
from .report import print_comparison, write_comparison, write_table
from .run import collect_comparison, run_comparison

__all__ = [
    'check_reference',
    'collect_comparison',
    'print_comparison',
    'reading_line',
    'row_names',
    'run_comparison',
    'seed_options',
    'write_comparison',
    'write_table',
]
