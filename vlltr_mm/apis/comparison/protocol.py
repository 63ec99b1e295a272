"""How a config is tested, and whether others are tested the same way."""

import hashlib
import os.path as osp
from dataclasses import dataclass, fields
from typing import Dict, List, Sequence, Tuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, METRICS

from ...utils.gt_labels import read_gt_labels


@dataclass(frozen=True)
class Protocol:
    """What the accuracies of two runs must share to be compared.

    test_set: digest of image paths, labels and class names. num_images: N of
    the test set. class_counts: (C,) training images per class. thresholds,
    rule: of the class splits. prefix: of the metric's names.
    """

    test_set: str
    num_images: int
    class_counts: Tuple[int, ...]
    thresholds: Tuple[int, int]
    rule: str
    prefix: str

    @classmethod
    def from_dict(cls, values: dict) -> 'Protocol':
        """Make it from JSON values.

        Raises:
            KeyError: if a field is missing.
        """
        values = {field.name: values[field.name] for field in fields(cls)}
        for name in ('class_counts', 'thresholds'):
            values[name] = tuple(values[name])
        return cls(**values)


def list_evaluators(cfg: Config) -> List[dict]:
    """List the metrics of a config's test evaluator, one or several."""
    evaluators = cfg.get('test_evaluator') or []
    return list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]


def read_protocol(cfg: Config) -> Protocol:
    """Find out how a config is tested, from its lists, without an image.

    Args:
        cfg (Config): with ``test_dataloader`` and ``test_evaluator``.

    Returns:
        Protocol: what to compare.

    Raises:
        ValueError: if the test evaluator is not one ``ClassSplitAccuracy``,
            beside others or not.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    chosen = [metric for metric in list_evaluators(cfg) if metric['type'] == 'ClassSplitAccuracy']
    if len(chosen) != 1 or not cfg.get('test_dataloader'):
        raise ValueError(
            f'{cfg.filename} has {len(chosen)} ClassSplitAccuracy in '
            'test_evaluator; a row needs a test_dataloader and exactly one.'
        )
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    metric = METRICS.build(chosen[0])
    metric.dataset_meta = getattr(dataset, 'metainfo', {})
    return Protocol(
        test_set=digest_test_set(dataset),
        num_images=len(dataset),
        class_counts=tuple(metric.resolve_class_counts().tolist()),
        thresholds=metric.thresholds,
        rule=metric.rule,
        prefix=metric.prefix,
    )


def digest_test_set(dataset) -> str:
    """Hash images, labels and class names, in whatever order and folder.

    An image counts by its path relative to ``data_root``; where it has none,
    as in CIFAR, by its pixels.

    Args:
        dataset (Dataset): with ``get_data_info``.

    Returns:
        str: 64 hex digits.

    Raises:
        ValueError: if an image has neither path nor pixels.
    """
    root = getattr(dataset, 'data_root', '') or ''
    labels = read_gt_labels(dataset)
    lines = sorted(
        f'{_image_name(dataset.get_data_info(i), root)} {labels[i]}' for i in range(len(dataset))
    )
    classes = getattr(dataset, 'metainfo', {}).get('classes') or ()
    text = '\n'.join((*lines, '', *map(str, classes)))
    return hashlib.sha256(text.encode()).hexdigest()


def _image_name(info: dict, root: str) -> str:
    path, pixels = info.get('img_path'), info.get('img')
    if path is not None:
        return osp.relpath(path, root) if root else path
    if pixels is None:
        raise ValueError(
            f'A test sample has only {sorted(info)}; test sets are told apart '
            "by 'img_path' or 'img', give one of them."
        )
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def check_same_protocol(runs: Sequence[Tuple[str, int, Protocol]]):
    """Check that runs may stand in one table.

    Args:
        runs (Sequence[tuple[str, int, Protocol]]): row name, seed and
            protocol of each.

    Raises:
        ValueError: naming what differs, and in which rows.
    """
    problems = []
    for field in fields(Protocol):
        if field.name == 'prefix':
            continue
        owners: Dict[object, Dict[str, list]] = {}
        for name, seed, protocol in runs:
            value = getattr(protocol, field.name)
            owners.setdefault(value, {}).setdefault(name, []).append(seed)
        if len(owners) > 1:
            problems.append(
                f'{field.name} is '
                + ', '.join(f'{_short(value)} in {_rows(rows)}' for value, rows in owners.items())
            )
    if problems:
        raise ValueError(
            f'These runs are not tested alike: {"; ".join(problems)}. Their '
            'accuracies cannot be compared; make the configs agree, or '
            'compare them in tables of their own.'
        )


def _short(value) -> str:
    """Show a value; long lists by length and sum, digests by 8 digits."""
    if isinstance(value, tuple) and len(value) > 4:
        digest = hashlib.sha256(repr(value).encode()).hexdigest()[:8]
        return f'{len(value)} counts, {sum(value)} in all ({digest})'
    return value[:8] if isinstance(value, str) else str(value)


def _rows(rows: Dict[str, list]) -> str:
    return ' and '.join(
        f"'{name}' (seed {', '.join(map(str, seeds))})" for name, seeds in rows.items()
    )
