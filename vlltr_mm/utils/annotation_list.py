"""Annotation lists: one 'path label' per line."""

import os.path as osp
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from .files import open_whole, read_text
from .read_once import read_once
from .validation import shown

LARGEST_LABEL = 9_999_999  # what is larger is no class index
_LABEL = re.compile('0{0,9}[0-9]{1,7}')
# After the ending of an image's name: the rest of a spreadsheet's line.
_MORE = re.compile(r'(?:jpe?g|png|bmp|gif|webp|tiff?|ppm|pgm)[\s,;|"\']|.*[,;|"]$', re.IGNORECASE)
_COMMENT = re.compile(r'#+\s')
_IMAGE, _NUMBER = r'["\']?(?P<image>.+?)["\']?', r'["\']?(?P<label>[0-9]{1,7})["\']?'
_LABEL_LAST = re.compile(rf'{_IMAGE}[\s,;|]+{_NUMBER}[\s,;|]*')
_LABEL_FIRST = re.compile(rf'{_NUMBER}[\s,;|]+{_IMAGE}[\s,;|]*')


def read_lines(path: str, content: str) -> list[str]:
    """Read the lines of a UTF-8 text file.

    Args:
        path (str): the file. Byte order marks are left out; those of joined
            files stand amid the text.
        content (str): what it should hold, for the messages.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no UTF-8 text.
    """
    return read_text(path, content).replace('\ufeff', '').split('\n')


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
        ValueError: if a line is not 'path label' with a label in
            0 .. ``LARGEST_LABEL``, or the file is not UTF-8 or has no line.
    """
    lines = read_lines(path, "a list, one 'path label' a line")
    images, labels, odd = [], [], False
    for line in lines:
        fields = line.rsplit(None, 1)
        if len(fields) == 2:
            images.append(fields[0].lstrip())
            labels.append(fields[1])
        elif fields:
            odd = True
    if odd or _look_odd(images, labels):
        for number, line in enumerate(lines, 1):
            fault = line.strip() and _fault(line)
            if fault:
                raise ValueError(f'{path}, line {number}: {shown(line.strip(), 120)} {fault}')
    if not images:
        raise ValueError(
            f"The annotation list '{path}' has no line; each line must read 'path label'."
        )
    return images, np.array(list(map(int, labels)), dtype=np.int64)


def write_annotation_list(path: str, images: Sequence[str], labels: Sequence[int]):
    """Write 'path label' lines that ``read_annotation_list`` reads.

    Args:
        path (str): the list file, made or replaced.
        images (Sequence[str]): N image paths.
        labels (Sequence[int]): (N,) class indices.

    Raises:
        ValueError: if a line cannot hold a path, as it begins or ends with
            white space, has a line break, or reads like more than a path.
    """
    check_list_paths(images)
    with open_whole(path) as file:
        file.writelines(f'{image} {label}\n' for image, label in zip(images, labels))


def check_list_paths(images: Sequence[str]):
    """Check that ``write_annotation_list`` can write paths.

    Args:
        images (Sequence[str]): N image paths.

    Raises:
        ValueError: see ``write_annotation_list``.
    """
    for image in images:
        if image != image.strip() or len(image.splitlines()) != 1:
            raise ValueError(
                f'{image!r} cannot stand in a list: no image path may begin '
                'or end with white space, or have a line break. Rename it.'
            )
        if _fault(f'{image} 0'):
            raise ValueError(
                f'{image!r} cannot stand in a list: it reads like a comment or like several '
                'columns. Rename it.'
            )


def line_of_sample(path: str, sample: int) -> int:
    """Return the line number, from 1, of a sample of a list."""
    lines = read_lines(path, 'a list')
    return [number for number, line in enumerate(lines, 1) if line.strip()][sample]


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


def _look_odd(images: Sequence[str], labels: Sequence[str]) -> bool:
    """Tell whether some line may have a fault, from the few kinds of labels and endings."""
    return (
        not all(map(_LABEL.fullmatch, set(labels)))
        or any(map(_MORE.match, {image.rpartition('.')[2] for image in images}))
        or any(image[0] == '#' for image in images)
    )


def _is_pair(line: str) -> bool:
    fields = line.rsplit(None, 1)
    return (
        len(fields) == 2
        and _LABEL.fullmatch(fields[1]) is not None
        and not _MORE.match(fields[0].rpartition('.')[2])
        and not _COMMENT.match(line)
    )


def _fault(line: str) -> str:
    """Say what is wrong with a line and what it should read; '' if nothing is."""
    line = line.strip()
    if _is_pair(line):
        return ''
    if _COMMENT.match(line):
        return 'is a comment, which a list cannot hold; remove the line.'
    fault = f"is not 'path label' with a label in 0 .. {LARGEST_LABEL}; "
    for pattern in (_LABEL_LAST, _LABEL_FIRST) if len(line) < 300 else ():
        match = pattern.fullmatch(line)
        pair = match and f'{match["image"]} {int(match["label"])}'
        if pair and _is_pair(pair):
            return f"{fault}write '{pair}'."
    return f'{fault}correct the line. A list has no header and no other column.'
