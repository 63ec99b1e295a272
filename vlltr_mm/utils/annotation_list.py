"""Annotation lists: one 'path label' per line."""

import os
import os.path as osp
from collections import Counter
from collections.abc import Sequence

import numpy as np

from .files import open_whole
from .read_once import read_once


@read_once
def read_annotation_list(path: str) -> tuple[list[str], np.ndarray]:
    """Read a list of 'path label' lines; the path may contain spaces.

    Args:
        path (str): the list file, UTF-8. Blank lines are skipped.

    Returns:
        tuple[list[str], np.ndarray]: N image paths and their labels (N,)
        int64.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if a line is not 'path label' with a label >= 0, or the
            file is not UTF-8 or has no line.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"The annotation list '{path}' does not exist; put it there or name another file."
        )
    try:
        with open(path, encoding='utf-8-sig') as file:
            rows = [line.rsplit(None, 1) for line in file]
    except UnicodeDecodeError as error:
        raise ValueError(
            f"The annotation list '{path}' is not UTF-8 (byte {error.start}); save it as UTF-8."
        ) from error
    try:
        pairs = [(image, int(label)) for image, label in filter(None, rows)]
    except ValueError:
        raise _malformed(path, rows) from None
    labels = np.array([label for _, label in pairs], dtype=np.int64)
    if not pairs:
        raise ValueError(
            f"The annotation list '{path}' has no line; each line must read 'path label'."
        )
    if labels.min() < 0:
        raise _malformed(path, rows)
    return [image.lstrip() for image, _ in pairs], labels


def write_annotation_list(path: str, images: Sequence[str], labels: Sequence[int]):
    """Write 'path label' lines that ``read_annotation_list`` reads.

    Args:
        path (str): the list file, made or replaced.
        images (Sequence[str]): N image paths.
        labels (Sequence[int]): (N,) class indices.

    Raises:
        ValueError: if a path begins or ends with white space or has a line
            break, which a line cannot hold.
    """
    for image in images:
        if image != image.strip() or len(image.splitlines()) != 1:
            raise ValueError(
                f'{image!r} cannot stand in a list: no image path may begin '
                'or end with white space, or have a line break. Rename it.'
            )
    with open_whole(path) as file:
        file.writelines(f'{image} {label}\n' for image, label in zip(images, labels))


def line_of_sample(path: str, sample: int) -> int:
    """Return the line number, from 1, of a sample of a list."""
    with open(path, encoding='utf-8-sig') as file:
        numbers = [n for n, line in enumerate(file, 1) if line.strip()]
    return numbers[sample]


def find_duplicates(
    paths: Sequence[str], labels: Sequence[int]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Return the images that stand in a list more than once.

    Two spellings of one path ('./a.jpg', 'a.jpg') are one image.

    Args:
        paths (Sequence[str]): N image paths.
        labels (Sequence[int]): (N,) class indices.

    Returns:
        tuple[dict[str, int], dict[str, list[int]]]: how often an image stands
        there, always with one label; and the labels of an image that has
        several. Both in the order of the list, by the path's shortest form.

    Examples:
        >>> find_duplicates(['a', 'b', './a', 'c', 'c'], [0, 1, 0, 1, 2])
        ({'a': 2}, {'c': [1, 2]})
    """
    paths = _shortest(paths)
    if len(set(paths)) == len(paths):
        return {}, {}
    times = Counter(paths)
    labels_of = {path: set() for path in paths if times[path] > 1}
    for path, label in zip(paths, labels):
        if path in labels_of:
            labels_of[path].add(int(label))
    repeated = {path: times[path] for path, own in labels_of.items() if len(own) == 1}
    contradictory = {path: sorted(own) for path, own in labels_of.items() if len(own) > 1}
    return repeated, contradictory


def find_shared(paths_a: Sequence[str], paths_b: Sequence[str]) -> list[str]:
    """Return the images that stand in both of two lists.

    Args:
        paths_a (Sequence[str]): image paths of one list.
        paths_b (Sequence[str]): those of the other, relative to the same
            folder.

    Returns:
        list[str]: their shortest forms, sorted.

    Examples:
        >>> find_shared(['b', 'a'], ['c', './a'])
        ['a']
    """
    return sorted(set(_shortest(paths_a)).intersection(_shortest(paths_b)))


def _shortest(paths: Sequence[str]) -> list[str]:
    return list(map(osp.normpath, paths))


def _malformed(path: str, rows: list) -> ValueError:
    """Describe the first bad line of a list."""
    for number, row in enumerate(rows, 1):
        if row and (len(row) < 2 or not row[1].isascii() or not row[1].isdigit()):
            return ValueError(
                f"{path}, line {number}: '{' '.join(row)}' is not "
                "'path label' with a label >= 0; correct the line."
            )
    return ValueError(f"{path} has a line that is not 'path label'.")
