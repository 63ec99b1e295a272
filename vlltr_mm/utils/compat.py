"""The versions of the base stack that this package is made for."""

import re
from importlib import import_module

# Module → (lowest, first too high, distributions that have it). By module,
# not by distribution: the maintained forks (onedl-*) have distributions of
# their own and the same modules.
_WINDOWS = dict(
    torch=('2.6', '3', ('torch',)),
    mmengine=('0.10.4', '0.11', ('mmengine', 'onedl-mmengine')),
    mmcv=('2.0.0', '2.4', ('mmcv-lite', 'onedl-mmcv')),
    mmpretrain=('1.2.0', '2', ('mmpretrain', 'onedl-mmpretrain')),
    open_clip=('3', '4', ('open_clip_torch',)),
)
_BASE_STACK = ('torch', 'mmengine', 'mmcv', 'mmpretrain')


def check_base_stack():
    """Check torch and the MM base stack (open_clip: where it is imported).

    Raises:
        ImportError: see ``check_version``.
    """
    for name in _BASE_STACK:
        check_version(name)


def check_version(name: str):
    """Check the ``__version__`` of a module against its window.

    Args:
        name (str): 'torch', 'mmengine', 'mmcv', 'mmpretrain' or 'open_clip'.

    Raises:
        ImportError: if it is absent or outside the window; says what was
            found, what is allowed and the command that installs it.
    """
    low, high, distributions = _WINDOWS[name]
    try:
        found = import_module(name).__version__
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        found = None
    if found and _numbers(low) <= _numbers(found) < _numbers(high):
        return
    here = f'{name} {found}' if found else f'no {name}'
    commands = [f'pip install "{d}>={low},<{high}"' for d in distributions]
    raise ImportError(
        f'vlltr_mm needs {name}>={low},<{high}, but {here} is installed. '
        f'Install it with `{commands[0]}`'
        + ''.join(
            f' (where the stack is the maintained fork: `{command}`)' for command in commands[1:]
        )
        + '.'
    )


def _numbers(version: str) -> tuple:
    """Return (2, 6, 0) for '2.6.0a0+git1f2e'; 2.6 equals 2.6.0."""
    digits = re.findall(r'\d+', version.split('+')[0])[:3]
    return tuple(map(int, digits + ['0'] * (3 - len(digits))))
