"""Lists of a data set without some classes, to add these by text and be tested on them."""

import os
import os.path as osp
import shutil
from collections.abc import Sequence

import numpy as np

from ...datasets import ImageNetLT, WikiTexts
from ...utils.annotation_list import write_annotation_list
from ...utils.files import open_whole, write_json
from ...utils.validation import check_int

SEEN, ALL, NAMES = 'seen', 'all', 'new_classes.json'


def hold_out_classes(root: str, out: str, number: int) -> list[str]:
    """Write lists in which some classes have no training and no validation image.

    The classes are taken evenly from the head of the tail to its end: of C
    classes, the largest first, those of rank (k + ½)·C/number. The folder
    gets ``seen``, a data set of the other classes, numbered anew; ``all``,
    the same training list and the whole test list, with the held-out classes
    behind the others; and ``new_classes.json``, for
    ``tools/add_classes.py``. Where the data set has articles, in ``wiki``,
    theirs are the sentences. Images stay where they are.

    Args:
        root (str): a data set in the layout that ``ImageNetLT`` reads.
        out (str): a new folder.
        number (int): how many classes to hold out.

    Returns:
        list[str]: the names of the held-out classes, in the order of their
        labels, by name.

    Raises:
        FileExistsError: if the folder exists.
        FileNotFoundError: if a list is missing.
        ValueError: if there are not more classes than that.
    """
    if osp.exists(out):
        raise FileExistsError(f"'{out}' exists; name a new folder.")
    sets = {split: ImageNetLT(root, split) for split in ('train', 'val', 'test')}
    names = list(sets['train'].metainfo['classes'])
    counts = np.asarray(sets['train'].metainfo['class_counts'])
    held = _evenly(counts, check_int(number, 'number', 1))
    held.sort(key=lambda label: names[label])  # as JSON files of this project have their keys
    kept = [label for label in range(len(names)) if label not in held]
    order = kept + held  # the new label of a class is its place here
    for split, dataset in sets.items():
        _write_list(dataset, osp.join(out, SEEN), split, kept)
        if split != 'val':
            _write_list(dataset, osp.join(out, ALL), split, kept if split == 'train' else order)
    _write_labels(osp.join(out, SEEN), [names[label] for label in kept])
    _write_labels(osp.join(out, ALL), [names[label] for label in order])
    _write_texts(osp.join(root, 'wiki'), out, names, kept, held)
    return [names[label] for label in held]


def _evenly(counts: np.ndarray, number: int) -> list[int]:
    """Return labels spread from the largest class to the smallest."""
    if number >= len(counts):
        raise ValueError(
            f'number is {number}, of {len(counts)} classes; hold out fewer, some must be trained.'
        )
    ranks = ((np.arange(number) + 0.5) * len(counts) / number).astype(int)
    return np.argsort(-counts, kind='stable')[ranks].tolist()


def _write_list(dataset: ImageNetLT, folder: str, split: str, order: Sequence[int]):
    """Write the images of some classes; a class's label is its place."""
    new = {label: place for place, label in enumerate(order)}
    rows = [dataset.get_data_info(i) for i in range(len(dataset))]
    rows = [row for row in rows if row['gt_label'] in new]
    write_annotation_list(
        osp.join(folder, f'ImageNet_LT_{split}.txt'),
        [osp.abspath(row['img_path']) for row in rows],
        [new[row['gt_label']] for row in rows],
    )


def _write_labels(folder: str, names: Sequence[str]):
    with open_whole(osp.join(folder, 'labels.txt')) as file:
        file.writelines(f'h{label:05d} {label} {name}\n' for label, name in enumerate(names))


def _write_texts(
    articles: str, out: str, names: Sequence[str], kept: Sequence[int], held: Sequence[int]
):
    """Renumber the articles of the kept classes; sentences of the others go to one file."""
    if not osp.isdir(articles):
        write_json(osp.join(out, NAMES), [names[label] for label in held])
        return
    text = WikiTexts(articles).read(names).sentences
    write_json(osp.join(out, NAMES), {names[label]: text[label] or None for label in held})
    folder = osp.join(out, SEEN, 'wiki')
    os.makedirs(folder)
    for place, label in enumerate(kept):
        source = osp.join(articles, f'desc_{label}.txt')
        if osp.isfile(source):
            shutil.copyfile(source, osp.join(folder, f'desc_{place}.txt'))
