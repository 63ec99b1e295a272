"""Towers, heads, losses and the two stages of VL-LTR."""

from . import backbones, classifiers, heads, losses, multimodal, necks, task_modules, tuners
from .backbones import *  # noqa: F403
from .classifiers import *  # noqa: F403
from .heads import *  # noqa: F403
from .losses import *  # noqa: F403
from .multimodal import *  # noqa: F403
from .necks import *  # noqa: F403
from .task_modules import *  # noqa: F403
from .tuners import *  # noqa: F403

_ROOMS = (backbones, classifiers, heads, losses, multimodal, necks, task_modules, tuners)
__all__ = [name for room in _ROOMS for name in room.__all__]  # noqa: PLE0604
