"""Give every image a split, where a user's images have none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .copies import Copies, copies_notes, find_copies
from .image_table import ImageTable

SHARE = 0.2
MOST = {'val': 20, 'test': 50}  # as ImageNet-LT has of each class


def hold_out(
    table: ImageTable,
    val: float | int | None = None,
    test: float | int | None = None,
    seed: int = 0,
    copies: Sequence[Copies] | None = None,
) -> ImageTable:
    """Give every image a split; those that it has stay.

    Where the table has val images, or test images, no others are drawn.
    Else they are drawn of the images without a split or, if all have one, of
    train; what is left is train. Of a class with n images to draw from,

    - by default a fifth each, at most 20 for val and 50 for test, ImageNet-LT's
      numbers, so that classes count alike in them wherever that is possible;
    - with a whole number k, k each, but together at most half of n;
    - with a share, that share of n, however large;
    - at least 1 each, but 2 training images stay of n ≥ 4, 1 of n = 2 or 3, and
      then test goes before val. One image stays in training: its class is not
      measured, which ``left_out`` says.

    A class's images are sorted by path and shuffled with the seed and its
    label, as in ``draw_splits``. Copies of one file count as one image and are
    not parted: those without a split follow one that is in val or test; those
    of several classes, of which one label is wrong, train.

    Args:
        table (ImageTable): the images.
        val (float | int, optional): images of each class, or a share in
            (0, 1). 0 draws none. Defaults to None, see above.
        test (float | int, optional): likewise.
        seed (int): Defaults to 0.
        copies (Sequence[Copies], optional): Defaults to None: looked for.

    Returns:
        ImageTable: a new table; ``drawn`` says the rule and what it gave.

    Raises:
        ValueError: if a number is negative or no whole number or share, or
            shares leave no training image.
    """
    wanted = {'test': _check(test, 'test'), 'val': _check(val, 'val')}  # test is drawn first
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f'seed is {seed!r}; it must be a whole number of at least 0.')
    if sum(part for part in wanted.values() if isinstance(part, float)) >= 1:
        raise ValueError(
            f'val is {val} and test is {test}; shares must leave some for training, so give less '
            'than 1 together.'
        )
    copies = find_copies(table) if copies is None else copies
    splits = _follow_decided(table, copies)
    drawn = [split for split in wanted if wanted[split] != 0 and not (table.splits == split).any()]
    pool = splits == ('' if (table.splits == '').any() else 'train')
    if drawn:
        _draw(splits, _units(table, pool, copies), {split: wanted[split] for split in drawn}, seed)
    splits[splits == ''] = 'train'
    made = replace(table, splits=splits)
    notes = [*_unmeasured(made), *copies_notes(made, _described(made, copies))]
    sentence = _sentence(table, made, wanted, drawn, seed)
    return replace(made, left_out=[*table.left_out, *notes], drawn=sentence)


def _draw(
    splits: np.ndarray,
    own: Sequence[Sequence[list[int]]],
    wanted: dict[str, float | int | None],
    seed: int,
):
    """Put some of each class's different images into the wanted splits, in place."""
    for label, units in enumerate(own):
        order = np.random.default_rng((seed, label)).permutation(len(units))
        start = 0
        for split, number in numbers_of_class(len(units), wanted).items():
            for place in order[start : start + number]:
                splits[units[place]] = split
            start += number


def numbers_of_class(n: int, wanted: dict[str, float | int | None]) -> dict[str, int]:
    """Return how many of a class's n images each split gets.

    Args:
        n (int): different images.
        wanted (dict): see ``hold_out``, by split; the first goes first.

    Examples:
        >>> numbers_of_class(100, dict(test=None, val=None))
        {'test': 20, 'val': 20}
        >>> [sum(numbers_of_class(n, dict(test=None, val=None)).values()) for n in range(6)]
        [0, 0, 1, 2, 2, 2]
        >>> numbers_of_class(12, dict(test=10, val=10)), numbers_of_class(12, dict(test=0.5))
        ({'test': 3, 'val': 3}, {'test': 6})
    """
    left = max(0, n - (2 if n >= 4 else 1))
    numbers = {}
    for split, part in wanted.items():
        if part is None:
            number = min(MOST[split], int(SHARE * n + 1e-9))
        elif isinstance(part, float):
            number = int(part * n + 0.5)
        else:
            number = min(part, n // (2 * len(wanted)))
        numbers[split] = min(max(1, number), left)
        left -= numbers[split]
    return numbers


def _check(part: float | int | None, name: str) -> float | int | None:
    if part is None:
        return None
    whole = isinstance(part, int) and not isinstance(part, bool) and part >= 0
    if whole or (isinstance(part, float) and 0 < part < 1):
        return part
    if isinstance(part, float) and part == 0:
        return 0
    raise ValueError(
        f'{name} is {part!r}; it must be a number of images of each class, such as 10, or a share '
        'of them in (0, 1), such as 0.2.'
    )


def _follow_decided(table: ImageTable, copies: Sequence[Copies]) -> np.ndarray:
    """Return the splits, with those of copies that cannot be drawn."""
    splits = table.splits.copy()
    for own in copies:
        decided = [split for split in own.splits if split != 'train']
        if decided or own.contradictory or own.splits:
            target = decided[0] if decided else 'train'
            for index in own.indices:
                splits[index] = splits[index] or target
    return splits


def _units(table: ImageTable, pool: np.ndarray, copies: Sequence[Copies]) -> list[list[list[int]]]:
    """Return of each class the different images to draw from, by path; each is its copies."""
    unit_of: dict[int, int] = {}
    left_out = set()
    for place, own in enumerate(copies):
        unit_of.update(dict.fromkeys(own.indices, place))
        if own.contradictory or not pool[own.indices].all():
            left_out.add(place)  # drawn, they could be parted
    units: list[dict] = [{} for _ in table.ids]
    for index in sorted(np.flatnonzero(pool).tolist(), key=lambda i: table.paths[i]):
        unit = unit_of.get(index)
        if unit not in left_out:
            key = ('one', index) if unit is None else ('copies', unit)
            units[table.labels[index]].setdefault(key, []).append(index)
    return [list(own.values()) for own in units]


def _described(table: ImageTable, copies: Sequence[Copies]) -> list[Copies]:
    """Return copies with the splits that they have now."""
    order = ('train', 'val', 'test')
    found = [set(table.splits[own.indices].tolist()) for own in copies]
    return [
        replace(own, splits=[split for split in order if split in now])
        for own, now in zip(copies, found)
    ]


def _unmeasured(table: ImageTable) -> list[str]:
    notes = []
    for split, what in (('test', 'measured'), ('val', 'seen in validation')):
        none = np.flatnonzero(table.counts_of(split) == 0)
        if none.size and (table.splits == split).any():
            notes.append(
                f'classes without a {split} image, not {what}: {len(none):,}, such as '
                f"'{table.names[none[0]]}'"
            )
    return notes


def _sentence(
    before: ImageTable,
    made: ImageTable,
    wanted: dict[str, float | int | None],
    drawn: Sequence[str],
    seed: int,
) -> str:
    """Say the rule and what it gave."""
    totals = {split: int((made.splits == split).sum()) for split in ('train', 'val', 'test')}
    sizes = ', '.join(f'{total:,} {split}' for split, total in totals.items())
    if not drawn:
        return f'No image was drawn for val or test: {sizes}.'
    source = 'the images without a split' if (before.splits == '').any() else 'train'
    parts = ' and '.join(f'{_rule(wanted[split], split)} for {split}' for split in drawn)
    least = 'at least 1 where there are 2, and 2 stay in train where there are 4'
    return f'Of {source}, class by class with seed {seed}: {parts}; {least}. This gave {sizes}.'


def _rule(part: float | int | None, split: str) -> str:
    if part is None:
        return f'a fifth, at most {MOST[split]},'
    if isinstance(part, float):
        return f'{part:.0%}'
    return f'{part}, less in small classes,'
