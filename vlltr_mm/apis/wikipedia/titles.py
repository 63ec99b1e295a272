"""From class names to the titles that an article may have."""

import re
import unicodedata

_ILLEGAL = re.compile('[#<>\\[\\]|{}\x00-\x1f\x7f\u200b\ufeff\ufffd\ud800-\udfff]')
_LONGEST = 255  # bytes of a title, MediaWiki's limit
_REMARK = re.compile(r'\s*\([^()]*\)$')
# A genus and an epithet in a Latin ending; 'Persian cat' is none.
_LATIN = re.compile(
    r'[A-Z][a-z]{2,} [a-z-]{2,}(?:us|um|is|a|i|ae|[ae]ns|or|ax|ix|ex|es)(?: [a-z-]{3,})?'
)
_IRREGULAR = dict(
    man='men', woman='women', foot='feet', goose='geese', mouse='mice', tooth='teeth',
    child='children', person='people', ox='oxen', wolf='wolves', leaf='leaves', knife='knives',
    shelf='shelves', loaf='loaves', calf='calves', scarf='scarves',
)  # fmt: skip
_SINGULARS = {plural: singular for singular, plural in _IRREGULAR.items()}
# Neither has another number: glass, octopus, tennis, series, species.
_SAME = re.compile(r'(?:ss|us|is|series|species|sheep|deer|fish)$')
_SMALL_WORDS = frozenset(('a', 'an', 'and', 'at', 'de', 'for', 'in', 'of', 'on', 'or', 'the', 'to'))


def normal_title(text: str) -> str:
    """Return a title as MediaWiki compares it.

    Args:
        text (str): with spaces or underscores, a leading colon or none.

    Returns:
        str: in Unicode's normal form C, single spaces, the first letter a
        capital; '' if no page can have this title.

    Examples:
        >>> normal_title(' :great_grey  owl')
        'Great grey owl'
        >>> normal_title('a|b')
        ''
    """
    text = unicodedata.normalize('NFC', text).replace('_', ' ')
    text = ' '.join(text.split()).lstrip(': ')
    if _ILLEGAL.search(text) or len(text.encode()) > _LONGEST:
        return ''
    return text[:1].upper() + text[1:]


def name_parts(name: str) -> list[str]:
    """Return the names that a class name lists, as ImageNet's do with commas.

    The whole comes first where there are several: 'Paris, Texas' is one title.
    """
    whole = ' '.join(name.replace('_', ' ').split())
    parts = [part.strip() for part in re.split('[,;]', whole)]
    return list(dict.fromkeys(part for part in (whole, *parts) if normal_title(part)))


def title_tiers(name: str) -> dict[str, dict[str, str]]:
    """Return the titles to look for, the surest first.

    Args:
        name (str): a class name.

    Returns:
        dict[str, dict[str, str]]: 'title' (as it is), 'case' (other letters
        are capitals) and 'number' (singular or plural): title → the part of
        the name that it is of, in the order of the parts. No title twice.
    """
    parts, seen, tiers = name_parts(name), set(), {}
    for tier, variants in (('title', _as_it_is), ('case', _cases), ('number', _numbers)):
        tiers[tier] = {}
        for part in parts:
            for title in map(normal_title, variants(part)):
                if title and title not in seen:
                    seen.add(title)
                    tiers[tier][title] = part
    return tiers


def all_titles(name: str) -> set[str]:
    """Return every title that ``match_name`` may begin with."""
    titles = {title for tier in title_tiers(name).values() for title in tier}
    return titles | set(remark_titles(name)) | set(list_titles(name))


def remark_titles(name: str) -> list[str]:
    """Return titles with the last word of a name as the remark, 'Crane (bird)'."""
    cut = [part.rpartition(' ') for part in name_parts(name)]
    titles = [
        normal_title(f'{start} ({last})') for start, _, last in cut if start and last[0] != '('
    ]
    return list(dict.fromkeys(filter(None, titles)))


def list_titles(name: str) -> list[str]:
    """Return the titles that disambiguation pages of a name may have."""
    titles = [normal_title(f'{part} (disambiguation)') for part in name_parts(name)]
    return list(dict.fromkeys(filter(None, titles)))


def without_remark(title: str) -> str:
    """Return 'Crane' for 'Crane (bird)'."""
    return _REMARK.sub('', title)


def is_latin(part: str) -> bool:
    """Whether a name looks like that of a species, as 'Strix nebulosa' does."""
    return _LATIN.fullmatch(part) is not None


def _as_it_is(part: str) -> list[str]:
    return [part]


def _cases(part: str) -> list[str]:
    """Return a name as a sentence begins, as a heading, and as an abbreviation."""
    lower = part.lower()
    words = lower.split(' ')
    heading = [
        word
        if place and word in _SMALL_WORDS
        else '-'.join(w[:1].upper() + w[1:] for w in word.split('-'))
        for place, word in enumerate(words)
    ]
    return [lower, ' '.join(heading), *([part.upper()] if len(part) <= 4 else [])]


def _numbers(part: str) -> list[str]:
    """Return the singulars and plurals that a name may have."""
    start, space, word = part.rpartition(' ')
    made = [start + space + other for other in other_numbers(word)]
    return [*made, *(other.lower() for other in made if not other.islower())]


def other_numbers(word: str) -> list[str]:
    """Return singulars of a plural and plurals of a singular, by simple English rules.

    Args:
        word (str): the last word of a name.

    Returns:
        list[str]: other forms, the likeliest first; some are no words.

    Examples:
        >>> other_numbers('berries'), other_numbers('fox')
        (['berry', 'berrie'], ['foxes'])
    """
    lower = word.lower()
    for table in (_IRREGULAR, _SINGULARS):
        for end in sorted(table, key=len, reverse=True):
            if lower == end or (len(end) > 2 and lower.endswith(end) and _is_compound(lower, end)):
                return [word[: len(word) - len(end)] + table[end]]
    if len(word) < 2 or not word[-1].isalpha():
        return []
    if _SAME.search(lower):
        return [f'{word}es'] if lower.endswith(('ss', 'us')) else []
    if lower.endswith('s'):
        return _singulars(word, lower)
    if lower.endswith('y') and lower[-2] not in 'aeiou':
        return [f'{word[:-1]}ies']
    return [f'{word}es' if lower.endswith(('x', 'z', 'ch', 'sh')) else f'{word}s']


def _is_compound(word: str, end: str) -> bool:
    """Whether a word ends in another that is inflected as it, as 'snowman' and 'eyetooth'."""
    return end not in ('person', 'people', 'man', 'ox') or word.endswith(('sman', 'wman', 'kman'))


def _singulars(word: str, lower: str) -> list[str]:
    if lower.endswith('ies') and len(word) > 4:
        return [f'{word[:-3]}y', word[:-1]]
    if lower.endswith(('ses', 'xes', 'zes', 'ches', 'shes')):
        return [word[:-2], word[:-1]]
    if lower.endswith('oes'):
        return [word[:-2], word[:-1]]
    return [word[:-1]]
