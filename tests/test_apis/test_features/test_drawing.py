"""A tail is drawn by the seed, and validation is what it leaves over."""

import numpy as np
import pytest
import torch
from feature_files import feature_arrays, write_npz

from vlltr_mm.apis.features import draw_tail, import_features, pool_profile
from vlltr_mm.apis.list_making.long_tail import LongTailConfig, class_profile


@pytest.fixture
def pool(tmp_path):
    return import_features([write_npz(tmp_path / 'x.npz')])


def rows(bank):
    return {tuple(row) for row in bank.feats.tolist()}


def test_parts_of_the_pool_and_no_others(pool):
    drawn = draw_tail(pool, pool_profile(pool, most=9, imbalance=4.5, val_per_class=5, seed=3))
    assert sorted(drawn.class_counts) == [2, 4, 9] and list(drawn.splits) == [
        'train',
        'val',
        'test',
    ]
    train, val = (rows(drawn.splits[name]) for name in ('train', 'val'))
    whole = rows(pool.splits['pool'])
    assert len(train) == 15 and train <= whole and val <= whole - train
    left = 12 - np.array(drawn.class_counts)
    assert torch.bincount(drawn.splits['val'].labels).tolist() == np.minimum(left, 5).tolist()
    assert drawn.splits['test'] is pool.splits['test'] and drawn.anchors is pool.anchors


def test_the_seed_fixes_all(pool):
    def draw(seed):
        return draw_tail(pool, pool_profile(pool, val_per_class=3, seed=seed))

    assert draw(0).digest() == draw(0).digest()
    assert len({draw(seed).digest() for seed in range(5)}) == 5
    assert len({tuple(draw(seed).class_counts) for seed in range(9)}) > 1  # the order too


def test_by_default_the_smallest_class_may_lead_and_the_last_gets_two(tmp_path):
    arrays = feature_arrays()
    keep = np.arange(1, 36)
    cut = dict(pool_feats=arrays['pool_feats'][keep], pool_labels=arrays['pool_labels'][keep])
    uneven = import_features([write_npz(tmp_path / 'y.npz', **cut)])
    settings = pool_profile(uneven)
    assert (settings.most, settings.imbalance, settings.order) == (11, 5.5, 'shuffled')
    # max(2, int(89 · (2/89)^(r/23))), as such tails are drawn of 24 classes.
    expected = [max(2, int(89 * (2 / 89) ** (r / 23))) for r in range(24)]
    assert class_profile(24, LongTailConfig(89, 44.5)).tolist() == expected


def test_refusals(pool, tmp_path):
    with pytest.raises(ValueError, match=r"Class \d '\w+' has 12 images, but 13 \(train\)"):
        draw_tail(pool, pool_profile(pool, most=13))
    drawn = draw_tail(pool, pool_profile(pool))
    with pytest.raises(ValueError, match='a training set and no pool; nothing is to be drawn'):
        draw_tail(drawn, pool_profile(pool))
    arrays = feature_arrays()
    val = dict(val_feats=arrays['test_feats'], val_labels=arrays['test_labels'])
    kept = import_features([write_npz(tmp_path / 'y.npz', **val)])
    with pytest.raises(ValueError, match='val_per_class is 2, but there is a val set; give 0'):
        draw_tail(kept, pool_profile(kept, val_per_class=2))
    assert len(draw_tail(kept, pool_profile(kept)).splits['val']) == 15
