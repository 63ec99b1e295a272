"""Labels, classes and training counts of any data set, also behind wrappers."""

from collections.abc import Sequence

import numpy as np
from mmengine.dataset import ClassBalancedDataset, RepeatDataset
from mmpretrain.datasets import KFoldDataset
from torch.utils.data import ConcatDataset, Dataset, Subset

from .class_counts import most_classes, read_class_counts


def read_gt_labels(dataset) -> np.ndarray:
    """Return the labels of a data set or of a wrapper of data sets, as drawn.

    Args:
        dataset (Dataset): with ``get_gt_labels`` (MMPretrain's data sets) or
            ``get_data_info``; or a wrapper of torch, MMEngine or MMPretrain.

    Returns:
        np.ndarray: (N,) int64, a label for each sample; one that is repeated
        counts as often.

    Raises:
        TypeError: if the data set gives no labels in any of these ways.
        ValueError: if a sample has not exactly one label, of a class.
    """
    if isinstance(dataset, (ConcatDataset, RepeatDataset, ClassBalancedDataset, Subset)):
        return _labels_of_wrapper(dataset)
    if hasattr(dataset, 'get_gt_labels'):
        read = dataset.get_gt_labels
    elif hasattr(dataset, 'get_data_info'):

        def read():
            return [dataset.get_data_info(i)['gt_label'] for i in range(len(dataset))]
    else:
        raise TypeError(
            f'{type(dataset).__name__} has neither get_gt_labels '
            'nor get_data_info; give it one of them.'
        )
    try:
        labels = read()
    except KeyError:
        raise ValueError(f'{name_set(dataset)} has samples without gt_label; label them.') from None
    return _check_labels(dataset, labels)


def read_classes(dataset) -> tuple[str, ...] | None:
    """Return the class names of a data set, also behind wrappers.

    Args:
        dataset (Dataset): any; one that learns its classes from folders is
            read.

    Returns:
        tuple[str, ...] | None: C names, None where the data set has none.

    Raises:
        ValueError: if parts of a concatenation have other classes, or a name
            is empty.
    """
    if isinstance(dataset, ConcatDataset):
        return _classes_of_parts(dataset)
    # First what is inside: a wrapper keeps what was known when it was made.
    classes = read_classes(_inner(dataset)) if _inner(dataset) is not None else None
    if classes is None:
        classes = _metainfo(dataset).get('classes')
    if classes is None and hasattr(dataset, 'full_init'):
        dataset.full_init()
        classes = _metainfo(dataset).get('classes')
    if classes is None:
        return None
    unnamed = [i for i, name in enumerate(classes) if not str(name).strip()]
    if unnamed:
        raise ValueError(
            f'{name_set(dataset)}: class {unnamed[0]} of {len(classes)} has no name; correct '
            'metainfo or the file that `classes` names, where an empty line counts as a class.'
        )
    return tuple(map(str, classes))


def read_listed_classes(dataset) -> tuple[str, ...] | None:
    """Return the class names of a data set as its files list them, where it says so.

    Args:
        dataset (Dataset): any; ``read_classes`` returns the names that are
            used.
    """
    inner = dataset.datasets[0] if isinstance(dataset, ConcatDataset) else _inner(dataset)
    listed = None if inner is None else read_listed_classes(inner)
    return listed or getattr(dataset, 'listed_classes', None)


def read_training_counts(dataset) -> np.ndarray | None:
    """Return the training images per class that belong to a data set.

    They are ``class_counts`` of its metainfo, so those of its training list,
    whatever the split. Repeated images count once; of a fold, the images
    outside the held-out one count. The parts of a concatenation add up,
    except that parts with equal counts which are not their own (validation
    and test) share one training list.

    Args:
        dataset (Dataset): any.

    Returns:
        np.ndarray | None: (C,) int64, None where the data set says nothing.

    Raises:
        ValueError: if counts, classes or labels do not fit one another.
    """
    if isinstance(dataset, ConcatDataset):
        return _counts_of_parts(dataset)
    if isinstance(dataset, KFoldDataset):
        return _counts_of_fold(dataset)
    inner = _inner(dataset)
    counts = None if inner is None else read_training_counts(inner)
    if counts is None:
        counts = _metainfo(dataset).get('class_counts')
    if counts is None:
        return None
    classes = read_classes(dataset)
    return read_class_counts(counts, None if classes is None else len(classes))


def read_metainfo(dataset) -> dict:
    """Return the metainfo of a data set with the classes and counts of what is inside.

    Args:
        dataset (Dataset): any.
    """
    known = dict(_metainfo(dataset))
    classes, counts = read_classes(dataset), read_training_counts(dataset)
    if classes is not None:
        known['classes'] = classes
    if counts is not None:
        known['class_counts'] = tuple(counts.tolist())
    return known


def name_set(dataset) -> str:
    """Name a data set and its list, for messages."""
    file = getattr(dataset, 'ann_file', None) or getattr(dataset, 'data_root', None)
    return type(dataset).__name__ + (f' ({file})' if file else '')


def _metainfo(dataset) -> dict:
    return getattr(dataset, 'metainfo', None) or {}


def _inner(dataset):
    """Return the data set inside a wrapper, or None."""
    inner = getattr(dataset, 'dataset', None)
    return inner if isinstance(inner, Dataset) or hasattr(inner, 'metainfo') else None


def _labels_of_wrapper(dataset) -> np.ndarray:
    """Return the labels of a wrapper from those inside, (N,) int64."""
    if isinstance(dataset, ConcatDataset):
        return np.concatenate([read_gt_labels(part) for part in dataset.datasets])
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    labels = read_gt_labels(dataset.dataset)
    if isinstance(dataset, RepeatDataset):
        return np.tile(labels, dataset.times)
    chosen = dataset.indices if isinstance(dataset, Subset) else dataset.repeat_indices
    return labels[np.asarray(chosen, dtype=np.int64)]


def _check_labels(dataset, labels: Sequence[int]) -> np.ndarray:
    """Check that there is one label per sample, of a class; return (N,) int64."""
    if len(labels) == 0:
        raise ValueError(f'{name_set(dataset)} has no sample; correct its list or folder.')
    try:
        labels = np.asarray(labels)
    except ValueError:  # several labels per sample, of different numbers
        labels = np.empty((len(labels), 0), dtype=object)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f'The labels of {name_set(dataset)} have shape {labels.shape} and dtype '
            f'{labels.dtype}; one integer per sample is needed, multi-label data cannot be used.'
        )
    classes = _metainfo(dataset).get('classes')
    limit = most_classes(len(labels)) if classes is None else len(classes)
    bad = np.flatnonzero((labels < 0) | (labels >= limit))
    if bad.size:
        first = int(bad[0])
        read = getattr(dataset, 'get_data_info', None)
        image = read(first).get('img_path') if read else None
        raise ValueError(
            f'{name_set(dataset)}: sample {first}{f" ({image})" if image else ""} has label '
            f'{labels[first]}; labels lie in 0 .. {limit - 1}. Correct the list, or the classes.'
        )
    return labels.astype(np.int64)


def _classes_of_parts(dataset: ConcatDataset) -> tuple[str, ...] | None:
    """Return the classes that all parts share."""
    known = [(part, read_classes(part)) for part in dataset.datasets]
    known = [(part, classes) for part, classes in known if classes is not None]
    for part, classes in known[1:]:
        first, expected = known[0]
        if classes == expected:
            continue
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(expected, classes)) if a != b]
        differ = (
            f'class {pairs[0][0]} is {pairs[0][1]!r} in the first, {pairs[0][2]!r} in the other'
            if pairs
            else f'the first has {len(expected)}, the other {len(classes)}'
        )
        raise ValueError(
            f'{name_set(first)} and {name_set(part)}, which are concatenated, have other '
            f'classes: {differ}. Give all parts the same classes in the same order.'
        )
    return known[0][1] if known else None


def _counts_of_fold(dataset: KFoldDataset) -> np.ndarray | None:
    """Count the images of the folds that train, (C,) int64."""
    dataset.full_init()
    whole = read_training_counts(dataset.dataset)
    if whole is None:
        return None
    inside = np.bincount(read_gt_labels(dataset.dataset), minlength=len(whole))
    if len(inside) != len(whole) or (inside > whole).any():
        return whole  # the counts are of another list than the one divided
    return whole - inside if dataset.test_mode else inside


def _counts_of_parts(dataset: ConcatDataset) -> np.ndarray | None:
    """Add up the training counts of the parts, (C,) int64."""
    counts = [read_training_counts(part) for part in dataset.datasets]
    if any(count is None for count in counts):
        return None
    classes = read_classes(dataset)  # raises where parts differ
    if len({len(count) for count in counts}) > 1:
        raise ValueError(
            f'The concatenated data sets {", ".join(map(name_set, dataset.datasets))} have '
            f'training counts of {sorted({len(c) for c in counts})} classes; they must agree.'
        )
    size = len(counts[0]) if classes is None else len(classes)
    own = [_distinct_counts(part, size) for part in dataset.datasets]
    if any(np.array_equal(mine, count) for mine, count in zip(own, counts)):
        # Some part is a training list, so all of them are trained on.
        return np.sum([own[i] for i in _different(dataset.datasets)], axis=0)
    return np.unique(counts, axis=0).sum(axis=0)


def _distinct_counts(dataset, num_classes: int) -> np.ndarray:
    """Count the labels of a data set, repeated images once, (C,) int64."""
    if isinstance(dataset, ConcatDataset):
        parts = [dataset.datasets[i] for i in _different(dataset.datasets)]
        return np.sum([_distinct_counts(part, num_classes) for part in parts], axis=0)
    if isinstance(dataset, (RepeatDataset, ClassBalancedDataset)):
        return _distinct_counts(dataset.dataset, num_classes)
    return np.bincount(read_gt_labels(dataset), minlength=num_classes)


def _different(parts: Sequence) -> list[int]:
    """Return the positions of parts, of those with the same images the first."""
    kept: list[int] = []
    for index, part in enumerate(parts):
        if not any(_same_images(part, parts[other]) for other in kept):
            kept.append(index)
    return kept


def _same_images(first, second) -> bool:
    """Tell whether two data sets are known to hold the same images in the same order."""
    if first is second:
        return True
    if not hasattr(first, 'get_data_info') or not hasattr(second, 'get_data_info'):
        return False
    if len(first) != len(second) or not np.array_equal(
        read_gt_labels(first), read_gt_labels(second)
    ):
        return False
    return all(
        'img_path' in info and info['img_path'] == second.get_data_info(i).get('img_path')
        for i, info in enumerate(map(first.get_data_info, range(len(first))))
    )
