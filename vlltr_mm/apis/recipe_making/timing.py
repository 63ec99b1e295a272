"""How long a recipe will take, by its operations and the speed of this machine."""

import time
from dataclasses import dataclass

import torch
from mmengine.config import Config

from ...models.backbones.openclip.towers import build_tower
from ..checks.paper_cost import Card, stage_cost
from .towers import Towers

_SECONDS = 1.0  # of the measurement, at least
_ANSS_IMAGES = 50  # of each class, in the recipes of this package


@dataclass(frozen=True)
class Speed:
    """How fast images are encoded: operations a second, and where."""

    rate: float
    where: str


def this_machine(towers: Towers, forward: float) -> Speed:
    """Time the image tower on this machine, on its GPU where there is one.

    Args:
        towers (Towers): of the recipe; random weights do.
        forward (float): operations of the tower for an image.
    """
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    tower = build_tower(towers.vision['arch'], 'vision', towers.vision.get('img_size'))
    tower.eval().to(device)
    batch = torch.zeros(64 if device == 'cuda' else 4, 3, towers.image_size, towers.image_size)
    batch = batch.to(device)
    seen, started = 0, None
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=device == 'cuda'):
        while started is None or time.perf_counter() - started < _SECONDS:
            tower(batch)
            if device == 'cuda':
                torch.cuda.synchronize()
            if started is None:  # the first is slower
                started = time.perf_counter()
            else:
                seen += len(batch)
    name = torch.cuda.get_device_name() if device == 'cuda' else 'these CPUs'
    return Speed(forward * seen / (time.perf_counter() - started), name)


def card_speed(card: Card | None = None) -> Speed:
    """Return the speed of a card on paper, by default that of ``Card``."""
    card = card or Card()
    return Speed(card.tflops * 1e12 * card.utilisation, f'on paper: {card}')


def stage_operations(
    cfg: Config, size: int, num_classes: int, num_sentences: int, held_out: int
) -> float:
    """Count the operations of a whole stage of a recipe.

    Args:
        cfg (Config): the stage.
        size (int): training images.
        num_classes (int): C.
        num_sentences (int): S, of the corpus.
        held_out (int): images that are validated or tested on after it.

    Returns:
        float: those of the training, of storing features, of choosing
        anchors, and of one pass over the images held out.
    """
    cost = stage_cost(cfg, size, 1)
    tower = cost.forward.get('image tower', 0)
    total = float(tower * held_out)
    if cfg.get('feature_cache'):
        total += tower * size * cfg.feature_cache
        total += (cost.training - tower) * (cost.images or 0)
    else:
        total += cost.training * (cost.images or 0)
    if 'text tower' in cost.forward:
        total += cost.forward['text tower'] * num_sentences
        total += tower * min(size, _ANSS_IMAGES * num_classes)
    return total


def in_words(seconds: float) -> str:
    """Return a duration as people say it.

    Examples:
        >>> in_words(42), in_words(400), in_words(9000)
        ('under a minute', 'about 7 minutes', 'about 2.5 hours')
    """
    if seconds < 90:
        return 'under a minute'
    if seconds < 5400:
        return f'about {max(2, round(seconds / 60))} minutes'
    return f'about {seconds / 3600:.1f} hours'
