"""The names of classes: what they may be, and when two of them mean the same."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

from ...utils.validation import shown
from .clip_tokens import imagenet_classes, is_blank

# Control characters, zero-width space, byte order mark, what stands for bytes
# that could not be read, halves of surrogate pairs: none belongs to a name.
_STRAY = re.compile('[\x00-\x1f\x7f-\x9f\u200b\ufeff\ufffd\ud800-\udfff]')
_ID = re.compile(r'[A-Za-z]{0,4}[0-9]{3,}')  # such as n01440764
_ARTICLE = re.compile(r'^(?:an?|the) ')
_ASIDE = re.compile(r'\(.*?\)')


def check_class_names(
    classes: Sequence[str] | str, blank: Callable[[str], bool] = is_blank
) -> tuple[str, ...]:
    """Return the names of C classes.

    Two classes may share a name, as two of ImageNet's "crane" do.

    Args:
        classes (Sequence[str] | str): C names in the order of their index; or
            'imagenet', CLIP's names of ImageNet's classes, as 'crane bird'.
        blank (Callable): whether the tokenizer finds nothing in a text.
            Defaults to that of CLIP's.

    Raises:
        ValueError: if it is no list of names, a name is no text, blank or has
            a control character, or at least half of the classes repeat the
            name of another.
    """
    if isinstance(classes, str) and classes == 'imagenet':
        return imagenet_classes()
    unordered = isinstance(classes, (str, bytes, Mapping, Set))
    if unordered or not hasattr(classes, '__len__') or not len(classes):
        raise ValueError(f'classes is {shown(classes)}; give the list of the class names.')
    remedy = 'Correct it where the names are listed, such as labels.txt.'
    for index, name in enumerate(classes):
        if not isinstance(name, str):
            raise ValueError(f'Class {index} has the name {shown(name)}, no text. {remedy}')
        stray = _STRAY.search(name)
        if stray:
            raise ValueError(
                f'Class {index} has the name {shown(name)} with {stray[0]!r}, no character of a '
                f'name. {remedy}'
            )
        if blank(name):
            raise ValueError(f'Class {index} has the name {shown(name)}, which is blank. {remedy}')
    name, times = Counter(classes).most_common(1)[0]
    if 2 * len(set(classes)) <= len(classes):
        raise ValueError(
            f'{len(classes)} classes have {len(set(classes))} different names; {times} are called '
            f"'{name}'. Name the classes apart where they are listed, such as labels.txt."
        )
    return tuple(classes)


def comparable_name(name: str) -> str:
    """Return a name in the form in which names are compared.

    Args:
        name (str): a class name, or a key that may be one.

    Returns:
        str: in Unicode's normal form C, separators being single spaces.

    Examples:
        >>> comparable_name('desert_road/cafe\\u0301') == 'desert road caf\\u00e9'
        True
    """
    name = unicodedata.normalize('NFC', name)
    for separator in '_-/':
        name = name.replace(separator, ' ')
    return ' '.join(name.split())


def unmatched_hint(keys: Sequence[str], names: Collection[str], num_classes: int) -> str:
    """Say why keys of a file may not be the names of classes.

    Args:
        keys (Sequence[str]): those that no class has.
        names (Collection[str]): of the classes without a key.
        num_classes (int): C.

    Returns:
        str: the likely cause and the remedy, a clause.
    """
    if all(key.strip().isdecimal() for key in keys):
        return "its keys look like class indices, give by='index' if they count from 0"
    if all(_ID.fullmatch(key.strip()) for key in keys):
        return 'its keys look like ids, replace them by the names of the classes'
    similar = _similar(keys, names)
    if similar:
        return f"'{similar[0]}' looks like '{similar[1]}', rename its keys"
    if len(keys) == num_classes:
        return "give by='index' if its entries are in the order of the classes"
    return 'rename its keys to the names of the classes, or name the file of these classes'


def _similar(keys: Iterable[str], names: Iterable[str]) -> tuple[str, str] | None:
    """Return the first key and name that differ by article, accent, plural or remark only."""
    rough = {_rough(name): name for name in names}
    return next(((key, rough[_rough(key)]) for key in keys if _rough(key) in rough), None)


def _rough(name: str) -> str:
    name = unicodedata.normalize('NFKD', comparable_name(name).casefold())
    name = ''.join(char for char in name if not unicodedata.combining(char))
    name = _ARTICLE.sub('', _ASIDE.sub('', name).partition(',')[0].strip())
    return re.sub(r'[\W_]', '', name).removesuffix('s')
