"""Where each of many sentences comes from, as JSON values."""

from collections.abc import Sequence
from itertools import groupby

from ..utils.validation import check_int, check_list, check_mapping, check_text


def pack_origins(names: Sequence[str], places: Sequence[int]) -> dict:
    """Return the names that occur, and of each run of sentences the name and the length.

    Args:
        names (Sequence[str]): of origins.
        places (Sequence[int]): of each sentence the position in ``names``.

    Examples:
        >>> pack_origins(['a', 'b', 'c'], [2, 2, 2, 0])
        {'names': ['c', 'a'], 'runs': [[0, 3], [1, 1]]}
    """
    runs = [(int(place), len(list(own))) for place, own in groupby(places)]
    used = {place: i for i, place in enumerate(dict.fromkeys(place for place, _ in runs))}
    return dict(
        names=[names[place] for place in used],
        runs=[[used[place], length] for place, length in runs],
    )


def unpack_origins(packed, count: int, where: str) -> list[str]:
    """Read what ``pack_origins`` returned, from a file of anyone.

    Args:
        packed (dict): JSON values.
        count (int): the number of sentences.
        where (str): the file, for the message.

    Returns:
        list[str]: the name of the origin of each sentence.

    Raises:
        ValueError: if it is not one for each sentence.
    """
    packed = check_mapping(packed, f'{where}, origins', ['names', 'runs'])
    names = [
        check_text(name, f'{where}, origins.names[{i}]')
        for i, name in enumerate(check_list(packed['names'], f'{where}, origins.names'))
    ]
    origins: list[str] = []
    for i, run in enumerate(check_list(packed['runs'], f'{where}, origins.runs')):
        place, length = check_list(run, f'{where}, origins.runs[{i}]', 2)
        check_int(place, f'{where}, origins.runs[{i}], its name', 0, len(names) - 1)
        left = count - len(origins)
        origins += [names[place]] * check_int(length, f'{where}, origins.runs[{i}]', 1, left)
    if len(origins) != count:
        raise ValueError(f'{where} has origins of {len(origins)} sentences, not {count}.')
    return origins


def extend_origins(packed: dict, count: int, name: str) -> dict:
    """Return the origins of these sentences and of more behind them that have one origin."""
    names = packed['names']
    more = [[len(names), count]] * (count > 0)
    return dict(names=[*names, name], runs=[*packed['runs'], *more])
