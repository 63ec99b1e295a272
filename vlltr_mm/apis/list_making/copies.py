"""Image files that are the same byte for byte."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .image_table import ImageTable
from .many_files import ask_files

_PIECE = 2**20


@dataclass(frozen=True)
class Copies:
    """Images with the same bytes: their places in the table, ascending."""

    indices: list[int]
    labels: list[int]  # distinct, ascending
    splits: list[str]  # distinct and decided, in the order train, val, test

    @property
    def contradictory(self) -> bool:
        """Whether they are of several classes."""
        return len(self.labels) > 1

    @property
    def crossing(self) -> bool:
        """Whether they are of several splits."""
        return len(self.splits) > 1


def find_copies(table: ImageTable, num_workers: int | None = None) -> list[Copies]:
    """Return the groups of images whose files hold the same bytes.

    Only files of one size are read, and of these only those whose first and
    last 4 KiB are equal are read whole. A path that links to another's file
    is a copy of it. What cannot be read, and what is at an address, is a copy
    of nothing.

    Args:
        table (ImageTable): N images.
        num_workers (int, optional): threads, see ``ask_files``. Defaults to
            None.

    Returns:
        list[Copies]: groups of two or more, by their first image.
    """
    paths = [table.full_path(i) for i in range(len(table.paths))]
    groups = [list(range(len(paths)))]
    for measure in (_size, _ends, _digest):
        groups = _divide(groups, paths, measure, num_workers)
    return [_describe(table, group) for group in sorted(groups)]


def copies_notes(table: ImageTable, copies: Sequence[Copies]) -> list[str]:
    """Say how many copies there are of several classes, and in several splits.

    Args:
        table (ImageTable): the images.
        copies (Sequence[Copies]): see ``find_copies``.
    """
    notes = []
    for kind, found in (
        (
            'groups of equal files of two classes, so one label is wrong',
            [own for own in copies if own.contradictory],
        ),
        (
            'groups of equal files in two splits, so one answer is known',
            [own for own in copies if own.crossing],
        ),
    ):
        if found:
            example = ' and '.join(
                f"'{table.paths[i]}' ({table.names[table.labels[i]]})"
                for i in _different(table, found[0])
            )
            notes.append(f'{kind}: {len(found):,}, such as {example}')
    return notes


def _different(table: ImageTable, own: Copies) -> list[int]:
    """Return two images of a group that differ in class or split."""
    first = {}
    for index in own.indices:
        first.setdefault((table.labels[index], table.splits[index]), index)
    return list(first.values())[:2]


def _describe(table: ImageTable, group: list[int]) -> Copies:
    found = set(table.splits[group].tolist())
    return Copies(
        indices=group,
        labels=np.unique(table.labels[group]).tolist(),
        splits=[split for split in ('train', 'val', 'test') if split in found],
    )


def _divide(
    groups: Iterable[list[int]],
    paths: Sequence[str],
    measure: Callable[[str], object],
    num_workers: int | None,
) -> list[list[int]]:
    """Divide groups by what is measured of the files; keep those of two or more."""
    groups = list(groups)
    members = [index for group in groups for index in group]
    values = dict(zip(members, ask_files(measure, [paths[i] for i in members], num_workers)))
    divided = []
    for group in groups:
        parts: dict = {}
        for index in group:
            if values[index] is not None:
                parts.setdefault(values[index], []).append(index)
        divided.extend(part for part in parts.values() if len(part) > 1)
    return divided


def _size(path: str) -> int | None:
    try:
        return None if '://' in path else os.stat(path).st_size or None
    except OSError:
        return None


def _ends(path: str) -> bytes | None:
    try:
        with open(path, 'rb', buffering=0) as file:
            head = file.read(4096)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            return _short(head + file.read(4096))
    except OSError:
        return None


def _digest(path: str) -> bytes | None:
    digest = hashlib.blake2b(digest_size=16)
    try:
        with open(path, 'rb', buffering=0) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError:
        return None
    return digest.digest()


def _short(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
