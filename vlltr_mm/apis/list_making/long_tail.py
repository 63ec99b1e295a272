"""Make a long-tailed data set of any images, in the ImageNet-LT layout."""

import os
import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...datasets.long_tailed.label_files import labels_line_fault
from ...evaluation.functional.class_splits import ClassSplits
from ...utils.annotation_list import write_annotation_list
from ...utils.files import open_whole
from .image_source import ImageSource, read_image_source
from .profiles import exponential_profile, pareto_profile
from .splits import draw_splits, order_classes

PROFILES = ('exponential', 'pareto')


@dataclass(frozen=True)
class LongTailConfig:
    """Settings of a long-tailed data set.

    most: training images of the first class. imbalance: these per image of
    the last class. profile: 'exponential' or 'pareto'. power: of the latter.
    order: see ``order_classes``. val_per_class, test_per_class: held out
    first. seed: of the draw and of order 'shuffled'.
    """

    most: int
    imbalance: float = 100.0
    profile: str = 'exponential'
    power: float = 6.0
    order: str | Sequence[str] = 'label'
    val_per_class: int = 0
    test_per_class: int = 0
    seed: int = 0


@dataclass
class LongTail:
    """A long-tailed data set that was written.

    names: C names. order: (C,) labels, head first. train_counts: (C,) by
    label. files: the list file of each split, and its number of images.
    """

    names: list[str]
    order: np.ndarray
    train_counts: np.ndarray
    files: dict[str, int]


def class_profile(num_classes: int, config: LongTailConfig) -> np.ndarray:
    """Return the training images of each class, head first, (C,) int64.

    Args:
        num_classes (int): C.
        config (LongTailConfig): profile and sizes.

    Raises:
        ValueError: if the profile is unknown or its arguments are too small.
    """
    if config.profile == 'exponential':
        return exponential_profile(num_classes, config.most, config.imbalance)
    if config.profile == 'pareto':
        return pareto_profile(num_classes, config.most, config.imbalance, config.power)
    raise ValueError(
        f"profile is '{config.profile}'; allowed are {', '.join(map(repr, PROFILES))}."
    )


def make_long_tailed(
    source: str, out: str, config: LongTailConfig, labels_file: str | None = None
) -> LongTail:
    """Write the lists and ``labels.txt`` that ``ImageNetLT`` reads.

    Images are neither copied nor opened.

    Args:
        source (str): a folder of class folders, or a 'path label' list.
        out (str): the folder of the new files.
        config (LongTailConfig): what they hold.
        labels_file (str, optional): see ``read_image_source``.

    Returns:
        LongTail: what was made.

    Raises:
        FileExistsError: if one of the files exists already.
        FileNotFoundError: if the source is missing.
        ValueError: if the arguments are wrong, or a class has too few images.
    """
    images = read_image_source(source, labels_file)
    order = order_classes(images.names, images.counts, config.order, config.seed)
    train_counts = np.empty(len(order), dtype=np.int64)
    train_counts[order] = class_profile(len(order), config)
    splits = draw_splits(
        images.paths,
        images.labels,
        images.names,
        train_counts,
        config.val_per_class,
        config.test_per_class,
        config.seed,
    )
    files = _write(images, splits, out)
    return LongTail(images.names, order, train_counts, files)


def _write(images: ImageSource, splits: dict[str, np.ndarray], out: str) -> dict[str, int]:
    """Write the files of splits that have images."""
    parts = {
        osp.join(out, f'ImageNet_LT_{split}.txt'): indices for split, indices in splits.items()
    }
    labels_file = osp.join(out, 'labels.txt')
    # An old list of a split that is empty now could share images with train.
    existing = [path for path in (*parts, labels_file) if osp.exists(path)]
    if existing:
        raise FileExistsError(f"'{existing[0]}' exists already; remove it or give another out.")
    rows = [
        f'{key} {label} {name}' for label, (key, name) in enumerate(zip(images.ids, images.names))
    ]
    for row in rows:
        if labels_line_fault(row):
            raise ValueError(
                f"The line '{row}' cannot stand in {labels_file}: it {labels_line_fault(row)} "
                'Rename the class.'
            )
    os.makedirs(out, exist_ok=True)
    parts = {path: indices for path, indices in parts.items() if len(indices)}
    for path, indices in parts.items():
        write_annotation_list(
            path, [images.paths[i] for i in indices], images.labels[indices].tolist()
        )
    with open_whole(labels_file) as file:
        file.writelines(f'{row}\n' for row in rows)
    return {path: len(indices) for path, indices in parts.items()}


def print_long_tail(made: LongTail, console: Console, shown: int = 12):
    """Print the sizes of what was made.

    Args:
        made (LongTail): what was made.
        console (Console): where to.
        shown (int): evenly spaced classes that are listed. Defaults to 12.
    """
    files = Table(title='Lists', title_justify='left')
    files.add_column('file', overflow='fold')
    files.add_column('images', justify='right')
    for path, size in made.files.items():
        files.add_row(escape(path), f'{size:,}')
    console.print(files)
    tail = Table(title='Training images', title_justify='left')
    for column in ('rank', 'label', 'class', 'images'):
        tail.add_column(column, justify='left' if column == 'class' else 'right')
    last = len(made.order) - 1
    for rank in np.unique(np.linspace(0, last, shown).astype(int)):
        label = made.order[rank]
        tail.add_row(
            str(rank), str(label), escape(made.names[label]), f'{made.train_counts[label]:,}'
        )
    console.print(tail)
    masks = ClassSplits(made.train_counts).masks
    sizes = ', '.join(f'{int(mask.sum())} {split}' for split, mask in masks.items())
    console.print(
        f'{len(made.order)} classes, {made.train_counts.sum():,} '
        f'training images: {sizes} (many > 100, few < 20).',
        highlight=False,
        soft_wrap=True,
    )
