"""What the folders of images tell about the classes of a list."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NumberedClasses:
    """The classes of a file, in the order that gives them their labels.

    path: the file. keys: of each class what its folder may be called. numbers:
    of each class the number that the file gives it, from 0 or from 1; those
    of all classes are empty where there are none. lines: where it stands.
    """

    path: str
    keys: Sequence[tuple[str, ...]]
    numbers: Sequence[int] = ()
    lines: Sequence[str] = ()


def plain_name(name: str) -> str:
    """Return a name as names are compared: in normal form C, with spaces for '_'."""
    return unicodedata.normalize('NFC', name).replace('_', ' ')


def folders_by_label(paths: Sequence[str], labels: np.ndarray) -> list[tuple[str, int]]:
    """Return each folder that has images of a label, with that label.

    Args:
        paths (Sequence[str]): N image paths.
        labels (np.ndarray): (N,) int64.

    Returns:
        list[tuple[str, int]]: the distinct pairs, sorted.
    """
    return sorted(_count_folders(paths, labels))


def first_gap(labels: Collection[int]) -> int | None:
    """Return the least label below the largest that is missing, or None.

    Examples:
        >>> first_gap({0, 1, 3}), first_gap({0, 1})
        (2, None)
    """
    return next((i for i, label in enumerate(sorted(labels)) if label != i), None)


def check_class_folders(
    list_file: str, paths: Sequence[str], labels: np.ndarray, classes: NumberedClasses
) -> set[int]:
    """Check that images in the folder of a class have its label.

    A folder with the name of a class is its folder, unless it holds images of
    several labels: then it is one like 'train' or '00', into which images were
    put for another reason. If however more than half of the folders beside it
    that have the name of a class hold one label, it is a folder of a class as
    they are, and the labels that are rare in it are wrong.

    Args:
        list_file (str): the list, for the message.
        paths (Sequence[str]): its N image paths.
        labels (np.ndarray): (N,) int64.
        classes (NumberedClasses): the classes.

    Returns:
        set[int]: the labels that a folder confirms.

    Raises:
        ValueError: if a folder has images of another label.
    """
    meant: dict[str, set[int]] = {}
    for label, keys in enumerate(classes.keys):
        for key in keys:
            meant.setdefault(plain_name(key), set()).add(label)
    siblings: dict[str, dict[str, Counter]] = {}
    for (folder, label), images in sorted(_count_folders(paths, labels).items()):
        parent, _, name = folder.rpartition('/')
        if plain_name(name) in meant:
            own = siblings.setdefault(parent, {}).setdefault(folder, Counter())
            own[label] = images
    confirmed = set()
    for folders in siblings.values():
        expected = {folder: meant[plain_name(folder.rpartition('/')[2])] for folder in folders}
        clear = [f for f, own in folders.items() if len(own) == 1 or set(own) <= expected[f]]
        if 2 * len(clear) <= len(folders):
            continue
        for folder, own in folders.items():
            if len(own) > 1 and max(own, key=own.get) not in expected[folder]:
                continue
            wrong = set(own) - expected[folder]
            if wrong:
                raise _contradiction(
                    list_file, paths, labels, folder, min(wrong), classes, expected[folder]
                )
            confirmed |= expected[folder] if len(expected[folder]) == 1 else set()
    return confirmed


def check_numbers(
    classes: NumberedClasses, lists: Iterable[tuple[str, Sequence[str], np.ndarray]]
) -> None:
    """Check class folders, and that lists do not follow the file's own numbers.

    The label of a class is its place, whatever number the file gives it. Where
    the two differ, a folder of such a class must confirm its place, or a label
    be none of the numbers.

    Args:
        classes (NumberedClasses): the classes of the file.
        lists (Iterable[tuple[str, Sequence[str], np.ndarray]]): name, paths
            and labels of a list, and of others that are asked where it does
            not tell.

    Raises:
        ValueError: if folders contradict the labels, or nothing tells what
            the labels mean.
    """
    numbers = np.asarray(classes.numbers, dtype=np.int64)
    # They count from 0 or from 1.
    numbers = numbers - min(1, *classes.numbers) if numbers.size else numbers
    moved = np.flatnonzero(numbers != np.arange(len(numbers)))
    asked = []
    for list_file, paths, labels in lists:
        confirmed = check_class_folders(list_file, paths, labels, classes)
        if not moved.size:
            return
        # ImageNet's training images are called 'n01440764_18.JPEG'.
        by_name = [path.rpartition('/')[2].replace('_', '/', 1) for path in paths]
        confirmed |= check_class_folders(list_file, by_name, labels, classes)
        if confirmed.intersection(moved.tolist()):
            return
        asked.append(list_file)
    first = int(moved[0])
    raise ValueError(
        f'{classes.lines[first]}: {classes.keys[first][0]!r} has number '
        f'{classes.numbers[first]}, but {classes.path} makes it {first} ({len(moved)} of '
        f'{len(numbers)} classes differ), and no class folder in {asked[0]} '
        'tells which of the two its labels follow. Give each class its place as number, from 0 '
        'and in the order of the labels, or give classes.'
    )


def _count_folders(paths: Sequence[str], labels: np.ndarray) -> Counter:
    """Count the images of each folder and label."""
    return Counter(zip((path.rpartition('/')[0] for path in paths), labels.tolist()))


def _contradiction(
    list_file: str,
    paths: Sequence[str],
    labels: np.ndarray,
    folder: str,
    label: int,
    classes: NumberedClasses,
    expected: set[int],
) -> ValueError:
    image = next(
        path
        for path, own in zip(paths, labels)
        if own == label and path.rpartition('/')[0] == folder
    )
    return ValueError(
        f"{list_file} gives '{folder}' label {label}, but {classes.path} makes it "
        f'{sorted(expected)}; the two do not belong together. Correct the first image of these, '
        f"'{image}', and the rest, or the order of the classes."
    )
