"""Images that stand where they should not: twice, or in two splits."""

import os
from collections.abc import Sequence
from itertools import combinations

from ...utils.annotation_list import find_duplicates, find_shared
from .data import DataReport

_SPLITS = ('train', 'val', 'test')


def check_overlap(reports: Sequence[DataReport]) -> list[str]:
    """Look for images that stand twice in a list, and in two lists.

    An image with two labels is a problem of its data set; one that is repeated
    with the same label, and one in both validation and test, gives a note.

    Args:
        reports (Sequence[DataReport]): of the data sets of one config; notes
            and problems are added to them.

    Returns:
        list[str]: the problems that concern two data sets: training images
        among those that are evaluated.
    """
    here = os.getcwd() + os.sep
    paths = {id(r): [p if os.path.isabs(p) else here + p for p in r.paths] for r in reports}
    for report in reports:
        if report.labels is not None and report.paths:
            _check_list(report, paths[id(report)])
    problems = []
    for first, second in combinations(reports, 2):
        roles = [_roles(first), _roles(second)]
        if not all(roles) or not set(roles[0]).isdisjoint(roles[1]):
            continue
        shared = find_shared(paths[id(first)], paths[id(second)])
        if not shared:
            continue
        text = (
            f'{len(shared)} images stand in the lists of both {roles[0][0]} and {roles[1][0]}, '
            f'such as {shared[0]}'
        )
        if 'train' in roles[0] + roles[1]:
            problems.append(
                f'{text}; an accuracy on training images says nothing, take them out of one list.'
            )
        else:
            second.notes.append(f'{text}.')
    return problems


def _roles(report: DataReport) -> list[str]:
    """Return the splits that a data set serves as."""
    return [role for role in report.name.split(', ') if role in _SPLITS]


def _check_list(report: DataReport, paths: list[str]):
    """Look for images that stand in one list more than once."""
    repeated, contradictory = find_duplicates(paths, report.labels)
    if contradictory:
        path, labels = next(iter(contradictory.items()))
        report.problems.append(
            f'{len(contradictory)} images have several labels, such as {path} (labels '
            f'{", ".join(map(str, labels))}); keep one line of each.'
        )
    if repeated:
        path, times = next(iter(repeated.items()))
        report.notes.append(
            f'{len(repeated)} images stand in the list more than once, such as {path} '
            f'({times} times, always with the same label).'
        )
