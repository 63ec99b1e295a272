"""Several heads on the same stored features, over several draws of a long tail."""

import os.path as osp
from collections.abc import Sequence
from dataclasses import replace

from ..comparison import row_names, run_comparison
from ..comparison.records import Comparison
from ..list_making.long_tail import LongTailConfig
from .drawing import draw_tail
from .feature_set import FeatureSet
from .rows import write_row


def draw_folder(root: str, draw: int) -> str:
    """Return where in a comparison's root a draw and its runs are."""
    return osp.join(root, f'draw{draw}')


def compare_features(
    features: FeatureSet,
    configs: Sequence[str],
    draws: Sequence[int],
    root: str,
    tail: LongTailConfig | None = None,
    thresholds: tuple[int, int] | None = None,
    cfg_options: dict | None = None,
) -> Comparison:
    """Train and test every config on every draw, from its last step.

    A draw has its own training counts, so that each is a comparison of its
    own, made by ``run_comparison``: done runs are not redone. The same number
    seeds the draw and the training on it.

    Args:
        features (FeatureSet): with a pool to draw from; or with a training
            set, which all draws then share.
        configs (Sequence[str]): of ``configs/features``, or like them.
        draws (Sequence[int]): seeds.
        root (str): the folder of all draws; in ``draw0`` are the features of
            seed 0, its configs and its runs.
        tail (LongTailConfig, optional): the counts that are drawn; its seed
            is that of each draw. Defaults to None, for a training set.
        thresholds (tuple[int, int], optional): few below, many above. Defaults
            to None, as in the configs.
        cfg_options (dict, optional): settings that replace those of every
            config. Defaults to None.

    Returns:
        Comparison: runs and failures of all draws together, a draw in the
        place of a seed.

    Raises:
        ValueError: if a tail is given for a training set, or none for a pool;
            see also ``draw_tail``, ``write_row`` and ``run_comparison``.
    """
    if (tail is None) == ('pool' in features.splits):
        raise ValueError(
            'There is a pool but no tail to draw from it; give one.'
            if tail is None
            else 'There is a training set, so no tail is drawn; leave its settings out.'
        )
    planned = []  # all files before the first run: what cannot be drawn is refused now
    for draw in draws:
        drawn = features if tail is None else draw_tail(features, replace(tail, seed=draw))
        folder = draw_folder(root, draw)
        drawn.save(folder)
        paths = [write_row(config, folder, drawn, thresholds) for config in configs]
        planned.append((draw, folder, row_names(paths)))
    together = Comparison(runs={name: [] for name in planned[0][2]} if planned else {})
    for draw, folder, rows in planned:
        made = run_comparison(rows, [draw], folder, cfg_options)
        together.failures += made.failures
        for name, runs in made.runs.items():
            together.runs[name] += runs
    together.runs = {name: runs for name, runs in together.runs.items() if runs}
    return together
