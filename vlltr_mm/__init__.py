"""VL-LTR for MMPretrain: long-tailed recognition guided by text.

Importing the package checks the versions of the base stack, registers every
class in MMPretrain's registries, and makes MMEngine read local checkpoints
with a loader that never runs code from a file.
"""

from .utils.compat import check_base_stack

check_base_stack()

from . import datasets, engine, evaluation, models  # noqa: E402
from .utils.checkpoint import register_safe_loader  # noqa: E402
from .version import __version__  # noqa: E402

register_safe_loader()

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
