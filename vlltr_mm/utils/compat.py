"""The versions of the base stack that this package is made for."""

import re
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.version import InvalidVersion, Version


@dataclass(frozen=True)
class _Window:
    """The versions of a module that will do, and who has it.

    By module, not by distribution: the maintained forks (onedl-*) have
    distributions of their own and the same modules.

    distributions: to install, ours first. others: further ones that have the
    module. together: what has to change with it. prereleases: whether those
    of the lowest version count as it.
    """

    low: str
    high: str
    distributions: tuple[str, ...]
    others: tuple[str, ...] = ()
    together: str = ''
    prereleases: bool = False


_WINDOWS = dict(
    # NVIDIA's containers name their torch 2.6.0a0+git..., nightlies are 2.6.0.dev...
    torch=_Window('2.6', '3', ('torch',), together=' torchvision', prereleases=True),
    mmengine=_Window('0.10.4', '0.11', ('mmengine', 'onedl-mmengine')),
    mmcv=_Window('2.0.0', '2.4', ('mmcv-lite', 'onedl-mmcv'), others=('mmcv', 'mmcv-full')),
    mmpretrain=_Window('1.2.0', '2', ('mmpretrain', 'onedl-mmpretrain')),
    open_clip=_Window('3', '4', ('open_clip_torch',)),
)


def check_base_stack():
    """Check torch, the MM base stack and open_clip, before any is imported.

    Raises:
        ImportError: see ``check_version``.
    """
    for name in _WINDOWS:
        check_version(name)


def check_version(name: str):
    """Check the version of a module against its window, without importing it.

    Args:
        name (str): 'torch', 'mmengine', 'mmcv', 'mmpretrain' or 'open_clip'.

    Raises:
        ImportError: if it is absent, outside the window or has no version;
            says what was found, what is allowed and the command that helps.
    """
    window = _WINDOWS[name]
    found, place = _find(name)
    if found is not None and _is_inside(found, window):
        return
    if place is None:
        problem = f'no {name} is installed'
    elif found is None:
        problem = f'the {name} in {place} has no version that can be read'
    else:
        problem = f'{name} {found} is installed ({place})'
    raise ImportError(
        f'vlltr_mm needs {name}>={window.low},<{window.high}, but {problem}. {_remedy(window)}'
    )


def _find(name: str) -> tuple[str | None, str | None]:
    """Return version and folder of a module; None for what there is not."""
    if name in sys.modules and sys.modules[name] is None:
        return None, None
    spec = None if name in sys.modules else find_spec(name)
    if name not in sys.modules and spec is None:
        return None, None
    for folder in (spec and spec.submodule_search_locations) or ():
        version_file = Path(folder) / 'version.py'
        if version_file.is_file():
            text = version_file.read_text(encoding='utf-8', errors='replace')
            said = re.search(r'^__version__\s*(?::\s*str\s*)?=\s*[\'"](.*?)[\'"]', text, re.M)
            if said:
                return said[1], folder
    module = import_module(name)
    version = getattr(module, '__version__', None)
    place = getattr(module, '__file__', None) or next(iter(getattr(module, '__path__', [])), name)
    return None if version is None else str(version), str(place)


def _is_inside(found: str, window: _Window) -> bool:
    """Whether a version is in a window; one that cannot be read is not."""
    try:
        version = Version(found)
    except InvalidVersion:
        return False
    # By its numbers: 3.0.0rc1 has what 3 has, and is too high.
    if Version(version.base_version) >= Version(window.high):
        return False
    lowest = Version(version.base_version) if window.prereleases else version
    return lowest >= Version(window.low)


def _remedy(window: _Window) -> str:
    """Say which commands help, given the distributions that are installed."""
    commands = {
        name: f'pip install "{name}>={window.low},<{window.high}"{window.together}'
        for name in (*window.distributions, *window.others)
    }
    present = [name for name in commands if _has_distribution(name)]
    if len(present) == 1 and present[0] != 'mmcv-full':  # which ends with version 1
        return f'Install it with `{commands[present[0]]}`.'
    first, *forks = window.distributions
    remedy = f'Install it with `{commands[first]}`'
    remedy += ''.join(
        f' (where the stack is the maintained fork: `{commands[fork]}`)' for fork in forks
    )
    if present:
        # They have the same files, of which pip has put one over the other.
        remedy = f'First `pip uninstall {" ".join(present)}`. {remedy}'
    return f'{remedy}.'


def _has_distribution(name: str) -> bool:
    """Whether pip knows a distribution."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
