"""The images and classes that a new list is made of."""

import os.path as osp
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from mmpretrain.datasets.custom import find_folders, get_samples

from ...datasets.corpus.name_cleaning import clean_class_names
from ...datasets.long_tailed.class_folders import check_numbers, first_gap, folders_by_label
from ...datasets.long_tailed.label_files import check_names, numbered_classes, read_labels_file
from ...utils.annotation_list import read_annotation_list
from ...utils.class_counts import check_label_range, count_labels
from ...utils.image_files import ENDINGS


@dataclass
class ImageSource:
    """N images of C classes.

    paths: N paths. labels: (N,) int64. ids: C ids that sort in label order.
    names: C names as they are listed. classes: C names as data sets and text
    have them, see ``clean_class_names``.
    """

    paths: list[str]
    labels: np.ndarray
    ids: list[str]
    names: list[str]
    classes: list[str] = field(init=False)

    def __post_init__(self):
        self.classes = clean_class_names(self.names)

    @property
    def counts(self) -> np.ndarray:
        """Images of each class, (C,) int64."""
        return count_labels(self.labels, len(self.names))


def read_image_source(source: str, labels_file: str | None = None) -> ImageSource:
    """Read a folder of class folders, or a list of 'path label' lines.

    Args:
        source (str): ``root``, whose images are ``root/<class>/**`` and whose
            classes are its folders by name; or a list file.
        labels_file (str, optional): 'id index name' lines; the labels follow
            its sorted ids. Class folders must then be ids or names of it.
            Defaults to None: the folders are the names, also of a list.

    Returns:
        ImageSource: paths are relative to ``root``, or as in the list.

    Raises:
        FileNotFoundError: if the source is missing.
        ValueError: if classes and folders disagree, or there is no image.
    """
    rows = labels_file and read_labels_file(labels_file)
    if osp.isdir(source):
        return _read_folder(source, rows, labels_file)
    paths, labels = read_annotation_list(source)
    if rows:
        check_label_range(source, labels, len(rows))
        check_numbers(numbered_classes(labels_file), [(source, paths, labels)])
        ids, names = map(list, zip(*rows))
    else:
        names = _names_of_folders(source, paths, labels)
        ids = _numbered(names)
    return ImageSource(paths, labels, ids, names)


def _read_folder(
    root: str, rows: Sequence[tuple[str, str]] | None, labels_file: str | None
) -> ImageSource:
    folders, label_of = find_folders(root)
    if not folders:
        raise ValueError(f"'{root}' has no folder; make one per class, with its images.")
    if rows:
        label_of = _labels_of_folders(rows, folders, labels_file)
        ids, names = map(list, zip(*rows))
    else:
        ids, names = _numbered(folders), list(check_names(folders, root))
    samples, _ = get_samples(root, label_of, lambda file: file.lower().endswith(ENDINGS))
    if not samples:
        raise ValueError(
            f"'{root}' has no image in a folder of a class; put "
            f'files there that end in {", ".join(ENDINGS)}.'
        )
    paths, labels = zip(*samples)
    return ImageSource(list(paths), np.array(labels, dtype=np.int64), ids, names)


def _labels_of_folders(
    rows: Sequence[tuple[str, str]], folders: Sequence[str], labels_file: str
) -> dict[str, int]:
    """Return the row that each folder is the id, else the name, of."""
    by_id = {row[0]: label for label, row in enumerate(rows)}
    times = Counter(name for _, name in rows)
    by_name = {row[1]: label for label, row in enumerate(rows)}
    label_of = {}
    for folder in folders:
        name = unicodedata.normalize('NFC', folder)
        if folder not in by_id and times[name] != 1:
            raise ValueError(
                f'{labels_file} has {times[name]} classes for the folder '
                f"'{folder}', by id or by name; give each folder a line of "
                'its own, with the folder as its id.'
            )
        label_of[folder] = by_id[folder] if folder in by_id else by_name[name]
    return label_of


def _names_of_folders(path: str, paths: list[str], labels: np.ndarray) -> list[str]:
    """Name each class by the last folder of its images."""
    names = names_by_folder(path, paths, labels, 'give labels_file')
    gap = first_gap(names)
    if gap is not None:
        raise ValueError(
            f'{path} has no image of class {gap}, so its name is unknown; give labels_file.'
        )
    return list(check_names([names[label] for label in range(len(names))], path))


def names_by_folder(
    path: str, paths: Sequence[str], labels: np.ndarray, remedy: str
) -> dict[int, str]:
    """Return the last folder of the images of each label.

    Args:
        path (str): the list, for messages.
        paths (Sequence[str]): N image paths.
        labels (np.ndarray): (N,) int64.
        remedy (str): what to do where folders do not tell the names.

    Raises:
        ValueError: if images of a label are in folders of other names, a
            folder has images of several labels, or a name is empty.
    """
    names, label_of = {}, {}
    for folder, label in folders_by_label(paths, labels):
        name = folder.rpartition('/')[2]
        if not name.strip() or names.setdefault(label, name) != name:
            raise ValueError(
                f"{path}: label {label} has images in folder '{folder}', but "
                f"also in '{names.get(label, '')}', or the name is empty, so "
                f'they do not name the class; {remedy}.'
            )
        if label_of.setdefault(folder, label) != label:
            raise ValueError(
                f"{path}: folder '{folder}' has images of the labels {label_of[folder]} and "
                f'{label}, so it names neither; {remedy}.'
            )
    return names


def _numbered(names: Sequence[str]) -> list[str]:
    width = len(str(len(names) - 1))
    return [f'c{label:0{width}d}' for label in range(len(names))]
