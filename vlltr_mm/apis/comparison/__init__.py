"""Several configs over several seeds, side by side."""

from .plan import row_names, seed_options
from .report import print_comparison, write_comparison
from .run import collect_comparison, run_comparison

__all__ = [
    'collect_comparison',
    'print_comparison',
    'row_names',
    'run_comparison',
    'seed_options',
    'write_comparison',
]
