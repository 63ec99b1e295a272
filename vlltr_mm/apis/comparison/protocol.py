"""How a config is tested, and whether others are tested the same way."""

import hashlib
import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, METRICS

from ...evaluation import ClassSplits
from ...utils.dataset_facts import read_classes, read_gt_labels, read_metainfo
from ...utils.validation import check_int, check_mapping, check_text

_FIELDS = ('test_set', 'num_images', 'class_counts', 'thresholds', 'rule', 'prefix')
_MAY_DIFFER = ('prefix', 'image_order')


@dataclass(frozen=True)
class Protocol:
    """What the accuracies of two runs must share to be compared.

    test_set: digest of image paths, labels and class names. num_images: N of
    the test set. splits: of the C classes. prefix: of the metric's names.
    image_order: digest of the same in the order of the test set, which may
    differ; empty where a record of before lacks it.
    """

    test_set: str
    num_images: int
    splits: ClassSplits
    prefix: str
    image_order: str = field(default='', compare=False)

    def to_dict(self) -> dict:
        """Return JSON values, those of the splits beside the others."""
        order = dict(image_order=self.image_order) if self.image_order else {}
        return dict(
            test_set=self.test_set,
            num_images=self.num_images,
            class_counts=self.splits.counts,
            thresholds=self.splits.thresholds,
            rule=self.splits.rule,
            prefix=self.prefix,
            **order,
        )

    @classmethod
    def from_dict(cls, values: dict, where: str) -> 'Protocol':
        """Build a protocol from what ``to_dict`` returned.

        Args:
            values (dict): of a file.
            where (str): the file and the key, for the messages.

        Raises:
            ValueError: if a field is missing or of another type, or counts,
                thresholds or rule are not those of splits.
        """
        check_mapping(values, where, _FIELDS)
        try:
            splits = ClassSplits(*(values[key] for key in ('class_counts', 'thresholds', 'rule')))
        except ValueError as error:
            raise ValueError(f'{where}: {error}') from error
        return cls(
            check_text(values['test_set'], f'{where}.test_set'),
            check_int(values['num_images'], f'{where}.num_images', 1),
            splits,
            check_text(values['prefix'], f'{where}.prefix'),
            check_text(values['image_order'], f'{where}.image_order')
            if 'image_order' in values
            else '',
        )


def list_evaluators(cfg: Config) -> list[dict]:
    """List the metrics of a config's test evaluator, one or several."""
    evaluators = cfg.get('test_evaluator') or []
    return list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]


def read_protocol(cfg: Config) -> Protocol:
    """Read how a config is tested, from its lists, without an image.

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
    metric.dataset_meta = read_metainfo(dataset)
    test_set, image_order = digest_test_set(dataset)
    return Protocol(
        test_set=test_set,
        num_images=len(dataset),
        splits=metric.resolve_splits(),
        prefix=metric.prefix,
        image_order=image_order,
    )


def digest_test_set(dataset) -> tuple[str, str]:
    """Hash images, labels and class names, in whatever order and folder, and in this order.

    An image counts by its path relative to ``data_root``; where it has none,
    by its pixels, as in CIFAR, or its stored features.

    Args:
        dataset (Dataset): with ``get_data_info``.

    Returns:
        tuple[str, str]: 64 hex digits each; the first does not depend on the
        order of the images.

    Raises:
        ValueError: if an image has neither path nor pixels nor features.
    """
    root = getattr(dataset, 'data_root', '') or ''
    labels = read_gt_labels(dataset)
    lines = [
        f'{_image_name(dataset.get_data_info(i), root)} {labels[i]}' for i in range(len(dataset))
    ]
    classes = [str(name) for name in read_classes(dataset) or ()]
    texts = ('\n'.join((*rows, '', *classes)) for rows in (sorted(lines), lines))
    return tuple(hashlib.sha256(text.encode()).hexdigest() for text in texts)


def _image_name(info: dict, root: str) -> str:
    path, content = info.get('img_path'), info.get('img', info.get('feats'))
    if path is not None:
        return osp.relpath(path, root) if root else path
    if content is None:
        raise ValueError(
            f'A test sample has only {sorted(info)}; test sets are told apart '
            "by 'img_path', 'img' or 'feats', give one of them."
        )
    return hashlib.sha256(np.ascontiguousarray(content).tobytes()).hexdigest()


def check_same_protocol(runs: Sequence[tuple[str, int, Protocol]]):
    """Check that runs may stand in one table.

    Args:
        runs (Sequence[tuple[str, int, Protocol]]): row name, seed and
            protocol of each.

    Raises:
        ValueError: naming what differs, and in which rows.
    """
    owners: dict[str, dict[object, dict[str, list]]] = {}  # key → value → row → seeds
    for name, seed, protocol in runs:
        for key, value in protocol.to_dict().items():
            owners.setdefault(key, {}).setdefault(value, {}).setdefault(name, []).append(seed)
    problems = [
        f'{key} is '
        + ', '.join(f'{_short(value)} in {_rows(rows)}' for value, rows in values.items())
        for key, values in owners.items()
        if len(values) > 1 and key not in _MAY_DIFFER
    ]
    if problems:
        raise ValueError(
            f'These runs are not tested alike: {"; ".join(problems)}. Their accuracies cannot be '
            'compared; make the configs agree, or compare them in tables of their own.'
        )


def _short(value) -> str:
    """Show a value; long lists by length and sum, digests by 8 digits."""
    if isinstance(value, tuple) and len(value) > 4:
        digest = hashlib.sha256(repr(value).encode()).hexdigest()[:8]
        return f'{len(value)} counts, {sum(value)} in all ({digest})'
    return value[:8] if isinstance(value, str) else str(value)


def _rows(rows: dict[str, list]) -> str:
    return ' and '.join(
        f"'{name}' (seed {', '.join(map(str, seeds))})" for name, seeds in rows.items()
    )
