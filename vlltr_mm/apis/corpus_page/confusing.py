"""Pairs of classes whose text is hard to tell apart."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

_MOST_OWNERS = 50  # classes of a sentence; one of more tells nothing of a pair
_COMMON = 0.05  # of all classes, whose sentences name another: a common word


def shared_pairs(owners: Sequence[Sequence[int]], num_classes: int) -> Counter:
    """Count the different sentences that two classes share.

    Args:
        owners (Sequence[Sequence[int]]): the labels of each sentence that
            several classes have, ascending.
        num_classes (int): C.

    Returns:
        Counter: (lower label, higher label) → sentences, without those that
        more than 50 classes have.
    """
    by_number: dict[int, list] = {}
    for labels in owners:
        if len(labels) <= _MOST_OWNERS:
            by_number.setdefault(len(labels), []).append(labels)
    codes = [np.empty(0, np.int64)]
    for number, rows in by_number.items():
        lower, upper = np.triu_indices(number, 1)
        table = np.array(rows, dtype=np.int64)
        codes.append((table[:, lower] * num_classes + table[:, upper]).ravel())
    found, times = np.unique(np.concatenate(codes), return_counts=True)
    return Counter(
        {divmod(code, num_classes): n for code, n in zip(found.tolist(), times.tolist())}
    )


def common_names(naming: Sequence[dict[int, tuple[int, ...]]]) -> list[tuple[int, int, int]]:
    """Return the names that the sentences of many other classes contain.

    Args:
        naming (Sequence[dict]): from ``named_others``.

    Returns:
        list[tuple[int, int, int]]: label, classes whose sentences name it and
        not their own, such sentences; most classes first. Of more than 5 % of
        the classes, and of 5 at least.
    """
    classes, times = Counter(), Counter()
    for own in naming:
        classes.update({other for named in own.values() for other in named})
        times.update(other for named in own.values() for other in named)
    least = max(5, _COMMON * len(naming))
    found = [(label, n, times[label]) for label, n in classes.items() if n > least]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def confused_pairs(
    shared: Counter, naming: Sequence[dict[int, tuple[int, ...]]], common: set[int], most: int
) -> list[list[int]]:
    """Return the pairs of classes that share most sentences or name each other most.

    Args:
        shared (Counter): from ``shared_pairs``.
        naming (Sequence[dict]): from ``named_others``.
        common (set[int]): labels whose names are common words, left out.
        most (int): pairs.

    Returns:
        list[list[int]]: two labels; sentences that both have; sentences of
        the first that name the second; of the second that name the first.
        The largest sum first.
    """
    names = Counter(
        (label, other)
        for label, own in enumerate(naming)
        for named in own.values()
        for other in named
        if other not in common
    )
    total = Counter(shared)
    for pair, times in names.items():
        total[min(pair), max(pair)] += times
    order = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:most]
    return [[a, b, shared[a, b], names[a, b], names[b, a]] for (a, b), _ in order]
