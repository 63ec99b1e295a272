"""The class records of data sets and of checkpoints."""

import numpy as np

from ..structures import ClassRecord
from ..utils.dataset_facts import name_set, read_classes, read_training_counts
from ..utils.warn_once import warn_all


def record_of_dataset(dataset) -> ClassRecord | None:
    """Return the classes and training counts of a data set; None where it names no classes.

    Args:
        dataset (Dataset): any, also a wrapper.

    Raises:
        ValueError: if counts and classes do not fit together.
    """
    classes = read_classes(dataset)
    if classes is None:
        return None
    counts = read_training_counts(dataset)
    return ClassRecord(classes, None if counts is None else counts.tolist())


def compare_data_sets(dataset, other, owner: str):
    """Check that two data sets have the same classes in the same order.

    Args:
        dataset (Dataset): what features are made of.
        other (Dataset): what they are used on.
        owner (str): whose ``dataset`` is, for the messages.

    Raises:
        ValueError: if number or order differ; other names are a warning.
    """
    made, here = record_of_dataset(dataset), record_of_dataset(other)
    if made is not None and here is not None:
        names = f'{owner}, {name_set(dataset)},', name_set(other)
        warn_all(made.check_classes(here, *names))


def record_of_checkpoint(checkpoint: dict, name: str) -> ClassRecord | None:
    """Find what a checkpoint was trained on.

    Args:
        checkpoint (dict): as read from a file.
        name (str): of the file, for the messages.

    Returns:
        ClassRecord | None: that which ``ClassRecordHook`` wrote or, without
        it, the data set's metainfo that MMEngine's runners write; None for a
        bare state dict and where no classes are named.

    Raises:
        ValueError: if the record is damaged.
    """
    meta = checkpoint.get('meta')
    if not isinstance(meta, dict):
        return None
    if 'class_record' in meta:
        return ClassRecord.from_meta(meta['class_record'], name)
    known = meta.get('dataset_meta')
    classes = known.get('classes') if isinstance(known, dict) else None
    if not isinstance(classes, (list, tuple)) or not classes:
        return None
    counts = known.get('class_counts')
    if isinstance(counts, np.ndarray):
        counts = counts.tolist()
    found = dict(version=1, classes=list(map(str, classes)), class_counts=counts)
    return ClassRecord.from_meta(found, name)
