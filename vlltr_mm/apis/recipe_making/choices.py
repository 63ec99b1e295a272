"""What a new recipe chooses by its data, each choice with its reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .towers import Towers

TRAININGS = ('frozen', 'tuned', 'whole')
_MOST_ANCHORS = 64  # the paper's M
_HEAD_DRAWS = 100_000  # images that a head on a frozen tower sees in all
_FEW_IMAGES = 1000


@dataclass(frozen=True)
class Choice:
    """One setting: what it is, its value in words, and why."""

    what: str
    value: str
    reason: str


@dataclass
class Choices:
    """The settings of a recipe.

    training: 'frozen', 'tuned' or 'whole', of the image tower. tuner: config
    of what is trained in the image tower, where 'tuned'. epochs: of stage 1
    and of stage 2. batch_size: of each GPU. num_anchors: M. log: all choices,
    with reasons.
    """

    training: str
    tuner: dict | None
    epochs: tuple[int, int]
    batch_size: int
    num_anchors: int
    log: list[Choice]

    @property
    def baseline_epochs(self) -> int:
        """Epochs of a row without text: as many as both stages have."""
        return sum(self.epochs)


def choose(
    counts: Sequence[int],
    sentences: Sequence[int],
    towers: Towers,
    gpus: int,
    training: str | None = None,
    epochs: tuple[int, int] | None = None,
    batch_size: int | None = None,
    num_anchors: int | None = None,
) -> Choices:
    """Choose what a user has not.

    Args:
        counts (Sequence[int]): (C,) training images of each class.
        sentences (Sequence[int]): (C,) sentences of each class.
        towers (Towers): of the recipe.
        gpus (int): of the planned run; 0 for CPUs.
        training (str, optional): of ``TRAININGS``. Defaults to None.
        epochs (tuple[int, int], optional): of both stages. Defaults to None.
        batch_size (int, optional): of each GPU. Defaults to None.
        num_anchors (int, optional): M. Defaults to None.

    Raises:
        ValueError: if a batch has more images than there are, a frozen tower
            is to be trained, or stage 2 is not.
    """
    total, num_classes = int(np.sum(counts)), len(counts)
    log = [_say_head(counts)]
    training = _choose_training(total, num_classes, gpus, training, log)
    tuner = _choose_tuner(training, towers, num_classes, log)
    batch = _choose_batch(total, max(1, gpus), batch_size, log)
    epochs = _choose_epochs(training, total, epochs, log)
    log.append(_say_sampler(training))
    anchors = _choose_anchors(sentences, num_anchors, log)
    log.append(_say_size(towers))
    return Choices(training, tuner, epochs, batch, anchors, log)


def _say_head(counts: Sequence[int]) -> Choice:
    ratio = max(counts) / max(1, min(counts))
    return Choice(
        'head',
        'AdditiveLGRHead with LogitAdjustedLoss',
        f'the largest class has {ratio:.0f} times the images of the smallest; of the heads with '
        'text it was best or level in docs/results.md, above all on few',
    )


def _choose_training(
    total: int, num_classes: int, gpus: int, given: str | None, log: list[Choice]
) -> str:
    if given is not None:
        chosen, reason = given, 'as given'
    elif not gpus:
        chosen = 'frozen'
        reason = 'no GPU: each image passes the tower once, and the head trains in minutes'
    elif total < max(_FEW_IMAGES, 10 * num_classes):
        chosen, reason = 'frozen', f'{total:,} training images are too few to change a tower'
    else:
        chosen = 'tuned'
        reason = 'a small part is trained and the rest stays: what the tail needs (docs/lift.md)'
    log.append(Choice('image tower', chosen, reason))
    return chosen


def _choose_tuner(
    training: str, towers: Towers, num_classes: int, log: list[Choice]
) -> dict | None:
    if training != 'tuned':
        return None
    if towers.has_blocks:
        chosen = dict(type='AdaptFormer', num_classes=num_classes)
        reason = 'a transformer: a small branch beside each MLP, its width by the classes'
    else:
        chosen = dict(type='BiasTuner', norm_weights=True)
        reason = 'no transformer: offsets of biases and norms, which any tower has'
    log.append(Choice('tuner', chosen['type'], reason))
    return chosen


def _choose_batch(total: int, gpus: int, given: int | None, log: list[Choice]) -> int:
    where = f' on {gpus} GPUs' if gpus > 1 else ''
    if given is not None:
        if given * gpus > total:
            raise ValueError(
                f'batch_size is {given}{where}, and there are {total} training images; give fewer.'
            )
        chosen, reason = given, 'as given'
    else:
        chosen = 2 ** int(math.log2(max(2, min(128, total / gpus / 8))))
        reason = f'{total:,} training images{where}: eight steps or more in an epoch, 128 at most'
    log.append(Choice('batch', f'{chosen} of each GPU', reason))
    return chosen


def _choose_epochs(
    training: str, total: int, given: tuple[int, int] | None, log: list[Choice]
) -> tuple[int, int]:
    if given and not given[1]:
        raise ValueError(
            f'epochs are {given[0]} and {given[1]}, but stage 2 has a head to train; give 1 or '
            'more second.'
        )
    if training == 'frozen':
        if given and given[0]:
            raise ValueError(
                f'epochs are {given[0]} and {given[1]}, but stage 1 of a frozen tower trains '
                "nothing; give 0 first, or training='tuned'."
            )
        second = given[1] if given else max(2, min(200, round(_HEAD_DRAWS / total)))
        by_rule = (
            f'anchors by the tower as it comes; then about {_HEAD_DRAWS:,} images for the head'
        )
        reason = 'as given' if given else by_rule
        chosen = 0, second
    elif given is not None:
        chosen, reason = given, 'as given'
    else:
        each = 30 if total < 2_000 else 20 if total < 20_000 else 10
        chosen = each, each if total < 20_000 else each // 2
        reason = f'{total:,} training images: more epochs where there are fewer'
    log.append(Choice('epochs', f'{chosen[0]} + {chosen[1]}', reason))
    return chosen


def _say_sampler(training: str) -> Choice:
    first = '' if training == 'frozen' else 'stage 1 by the square root of counts, as the paper; '
    return Choice(
        'sampler', f'{first}stage 2 as they fall', 'logit adjustment takes care of the prior itself'
    )


def _choose_anchors(sentences: Sequence[int], given: int | None, log: list[Choice]) -> int:
    most = int(np.max(sentences))
    if given is not None:
        chosen, reason = given, 'as given'
    else:
        chosen = min(_MOST_ANCHORS, most)
        reason = f'the richest class has {most:,} sentences' + (
            f"; {_MOST_ANCHORS} is the paper's" if chosen == _MOST_ANCHORS else ''
        )
    log.append(Choice('anchors M', f'{chosen} of each class', reason))
    return chosen


def _say_size(towers: Towers) -> Choice:
    how = 'squashed to the square' if towers.squash else 'the shorter edge, then the centre'
    if towers.pipelines:
        how = 'pipelines of the config'
    return Choice('images', f'{towers.image_size} pixels, {how}', f'the input of {towers.name}')
