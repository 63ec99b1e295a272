"""Draw a long-tailed training set from a pool of stored features."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...engine.anchors import cap_per_class
from ...structures import FeatureBank
from ..list_making.long_tail import LongTailConfig, class_profile
from ..list_making.splits import draw_splits, order_classes
from .feature_set import FeatureSet


def pool_profile(features: FeatureSet, **settings) -> LongTailConfig:
    """Return the settings of a draw, by default the longest tail that any class may lead.

    Args:
        features (FeatureSet): with a pool.
        **settings: of ``LongTailConfig``. By default the first class gets as
            many images as the smallest class of the pool has, the last one 2,
            and the order is shuffled with the seed.

    Raises:
        ValueError: if there is no pool.
    """
    _check_pool(features)
    counts = np.bincount(features.splits['pool'].labels, minlength=len(features.classes))
    most = settings.pop('most', None) or int(counts.min())
    imbalance = settings.pop('imbalance', None) or max(1, most / 2)
    return LongTailConfig(most, imbalance, **{'order': 'shuffled', **settings})


def draw_tail(features: FeatureSet, config: LongTailConfig) -> FeatureSet:
    """Draw a long-tailed training set, and a validation set of what it leaves over.

    The test set stays as it is. In the validation set are up to
    ``val_per_class`` images of each class, fewer where fewer are left.

    Args:
        features (FeatureSet): with a pool.
        config (LongTailConfig): the counts, their order, and the seed.

    Returns:
        FeatureSet: with a training set in the place of the pool.

    Raises:
        ValueError: if there is no pool, a class has too few images in it, or
            both draw and set have a validation.
    """
    _check_pool(features)
    if config.val_per_class and 'val' in features.splits:
        raise ValueError(
            f'val_per_class is {config.val_per_class}, but there is a val set; give 0 to keep it.'
        )
    pool = features.splits['pool']
    labels = pool.labels.numpy()
    order = order_classes(
        features.classes,
        np.bincount(labels, minlength=len(features.classes)),
        config.order,
        config.seed,
    )
    counts = np.empty(len(order), dtype=np.int64)
    counts[order] = class_profile(len(order), config)
    names = [f'{row:09d}' for row in range(len(pool))]
    drawn = draw_splits(names, labels, features.classes, counts, seed=config.seed)['train']
    left = np.setdiff1d(np.arange(len(pool)), drawn)
    left = left[cap_per_class(labels[left], config.val_per_class, config.seed)]
    splits = {'train': _rows(pool, np.sort(drawn)), **features.splits}
    del splits['pool']
    if len(left):
        splits['val'] = _rows(pool, left)
    return replace(features, splits=splits)


def _check_pool(features: FeatureSet):
    if 'pool' not in features.splits:
        raise ValueError('There is a training set and no pool; nothing is to be drawn.')


def _rows(bank: FeatureBank, rows: Sequence[int]) -> FeatureBank:
    return FeatureBank(bank.feats[rows], bank.labels[rows], bank.meta)
