"""From the name of a folder or a label to the words that a text tower reads."""

import re
import unicodedata
from collections.abc import Sequence

from ...utils.validation import check_list, check_text

# '001.Black_footed_Albatross', 'n01440764-tench'; and 'tench_n01440764'.
_LEADING = re.compile(r'(?P<letters>[A-Za-z]{0,4})(?P<digits>[0-9]{1,12})(?P<gap>[\s._-])')
_TRAILING = re.compile(r'(?P<gap>[\s._-])(?P<letters>[A-Za-z]{0,4})(?P<digits>[0-9]{1,12})\Z')
_GAPS = ' \t._-'
_SURE = 5  # digits, behind letters, that are an id and never a part of a name
_FEWEST = 3  # classes whose numbers count from 0 or 1 not by chance


def clean_class_names(raw: Sequence[str]) -> list[str]:
    """Return the names of classes as the text tower is to read them.

    A name is brought to Unicode's normal form C; '_' becomes a space and white
    space is squeezed. Hyphens, case and all else stay. An id or number before
    or behind the names goes where every class has one and these are no words:
    all differ, are of one width, and have leading zeros ('001 tench'), common
    letters ('n01440764-tench') or, all of them, a dot ('123.Palm_Warbler');
    before names also where they count from 0 or 1. Numbers that alone tell
    classes apart stay, as those of 'boeing_737' and 'boeing_747'.

    Args:
        raw (Sequence[str]): C names, such as those of folders. Classes of one
            and the same name stay so.

    Returns:
        list[str]: C names, as different as those given.

    Raises:
        ValueError: if it is no list of texts, nothing is left of a name, or
            two different names would become one; it names both.

    Examples:
        >>> clean_class_names(['001.Snow_leopard', '002.T-shirt'])
        ['Snow leopard', 'T-shirt']
        >>> clean_class_names(['boeing_737', 'boeing_747'])
        ['boeing 737', 'boeing 747']
    """
    raw = check_list(raw, 'classes')
    for label, name in enumerate(raw):
        check_text(name, f'The name of class {label}')
    names = [unicodedata.normalize('NFC', name).strip() for name in raw]
    names = _without_ids(raw, names, leading=True)
    names = _without_ids(raw, names, leading=False)
    names = list(map(_words, names))
    for label, name in enumerate(names):
        if not name:
            raise ValueError(
                f"Nothing is left of '{raw[label]}', the name of class {label}, without its '_'; "
                'rename it.'
            )
    _check_apart(raw, names)
    return names


def describe_cleaning(raw: Sequence[str], used: Sequence[str]) -> str | None:
    """Say how the names that are used differ from those listed.

    Args:
        raw (Sequence[str]): C names as they are listed.
        used (Sequence[str]): C names as the text tower reads them.

    Returns:
        str | None: an example and the number; None where none differs.

    Examples:
        >>> describe_cleaning(['snow_leopard', 'fox'], ['snow leopard', 'fox'])
        "'snow_leopard' is read as 'snow leopard'; 1 of 2 class names such"
    """
    pairs = [(old, new) for old, new in zip(raw, used) if old != new]
    if not pairs:
        return None
    old, new = pairs[0]
    return f"'{old}' is read as '{new}'; {len(pairs)} of {len(used)} class names such"


def describe_uncleaned(names: Sequence[str]) -> str | None:
    """Say that names are read as they are listed where cleaning would change them.

    Args:
        names (Sequence[str]): C names that the text tower reads.

    Returns:
        str | None: an example, the number and the remedy; None where nothing
        would change, or cleaning refuses them.
    """
    try:
        pairs = [pair for pair in zip(names, clean_class_names(names)) if pair[0] != pair[1]]
    except ValueError:
        return None
    if not pairs:
        return None
    old, new = pairs[0]
    return (
        f"'{old}' is read as it is listed, not as '{new}'; {len(pairs)} of {len(names)} class "
        'names such. Give the corpus classes=[...] to change that'
    )


def _words(name: str) -> str:
    return ' '.join(name.replace('_', ' ').split())


def _without_ids(raw: Sequence[str], names: list[str], leading: bool) -> list[str]:
    """Return the names without the ids before or behind them, where all have one."""
    found = [_LEADING.match(name) if leading else _TRAILING.search(name) for name in names]
    if not found or not all(found) or not _are_ids(found, leading):
        return names
    rests = [
        (name[match.end() :] if leading else name[: match.start()]).strip(_GAPS)
        for name, match in zip(names, found)
    ]
    if not all(any(map(str.isalpha, rest)) for rest in rests):
        return names
    words = list(map(_words, rests))
    # Ids such as ImageNet's, of which a few only have one name in common.
    sure = found[0]['letters'] and len(found[0]['digits']) >= _SURE
    if sure and 2 * len(set(words)) > len(words):
        _check_apart(raw, words)
    return rests if len(set(words)) == len(words) else names


def _are_ids(found: Sequence[re.Match], leading: bool) -> bool:
    """Tell whether the letters and digits that each class has are no words of its name."""
    digits = [match['digits'] for match in found]
    letters, count = found[0]['letters'], len(found)
    if any(match['letters'] != letters for match in found) or len(set(digits)) < count:
        return False
    numbers = sorted(map(int, digits))
    if leading and count >= _FEWEST and numbers in (list(range(count)), list(range(1, count + 1))):
        return True
    width = len(digits[0])
    if any(len(own) != width for own in digits):
        return False
    if letters:
        return width >= (2 if leading else _SURE)
    dotted = leading and width >= 3 and all(match['gap'] == '.' for match in found)
    return count > 1 and (dotted or any(own.startswith('0') for own in digits))


def _check_apart(raw: Sequence[str], names: Sequence[str]):
    """Refuse names that differ before and not after.

    Raises:
        ValueError: naming the first two.
    """
    first: dict[str, int] = {}
    for label, name in enumerate(names):
        other = first.setdefault(name, label)
        if raw[other] != raw[label]:
            raise ValueError(
                f"Class {other} '{raw[other]}' and class {label} '{raw[label]}' would both be read "
                f"as '{name}'; rename one of them where the classes are listed."
            )
