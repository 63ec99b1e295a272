"""VL-LTR for MMPretrain: long-tailed recognition guided by text.

Importing the package checks the versions of the base stack before it imports
any of it, registers every class in MMPretrain's registries and every config in
its hub of models, makes MMEngine read every checkpoint with a loader that never
runs code from a file, and ignores two warnings of the host that no user can act
on (``utils/host_noise.py``).
"""

from .utils.compat import check_base_stack
from .utils.host_noise import ignore_host_warnings

check_base_stack()
ignore_host_warnings()

from . import datasets, engine, evaluation, models  # noqa: E402
from .utils.checkpoint import allow_types  # noqa: E402
from .utils.checkpoint_schemes import register_safe_loaders  # noqa: E402
from .utils.config_files import register_models  # noqa: E402
from .version import __version__  # noqa: E402

register_safe_loaders()
register_models()

__all__ = ['__version__', 'allow_types', 'datasets', 'engine', 'evaluation', 'models']
