"""Which column of a table of images holds what."""

import re
from collections.abc import Callable, Sequence

from ...utils.validation import shown
from .delimited import Row, plain_column
from .image_folders import SPLIT_WORDS, split_of_word

PATHS = (
    'path', 'filename', 'image', 'file', 'file_name', 'filepath', 'file_path', 'image_path',
    'image_file', 'image_name', 'image_filename', 'img', 'img_path', 'fname', 'image_id', 'id',
)  # fmt: skip
LABELS = (
    'label', 'class', 'category', 'species', 'target', 'class_name', 'label_name', 'category_name',
    'classname', 'labels', 'breed', 'y', 'class_id', 'label_id', 'category_id', 'class_index',
    'class_idx',
)  # fmt: skip
SPLITS = ('split', 'set', 'subset', 'fold', 'partition')
# Columns of true and false, and what each means.
FLAGS = {
    **dict.fromkeys(('is_valid', 'is_val', 'is_validation'), ('train', 'val')),
    'is_test': ('train', 'test'),
    **dict.fromkeys(('is_train', 'is_training', 'is_training_image'), ('test', 'train')),
}
_TRUTH = {
    **dict.fromkeys(('true', '1', 'yes', 't', 'y', '1.0'), 1),
    **dict.fromkeys(('false', '0', 'no', 'f', 'n', '0.0'), 0),
}
_WHOLE = re.compile(r'[0-9]{1,7}(?:\.0)?')


def read_columns(
    path: str, rows: Sequence[Row]
) -> tuple[list[str], list[str], list[str], list[int], dict[str, str]]:
    """Return the images of a table.

    Args:
        path (str): the file, for messages.
        rows (Sequence[Row]): the header, and a row for each image.

    Returns:
        tuple: paths, keys of classes, splits ('' for none), lines, and the
        names of keys where one column has numbers and another names.

    Raises:
        ValueError: if a column is missing or there are two, a row has other
            fields than the header, or a value is missing or unknown.
    """
    header, rows = rows[0], rows[1:]
    names = list(map(plain_column, header.fields))
    if not rows:
        raise ValueError(f'{path} has a header but no row; write a row for each image.')
    for row in rows:
        if len(row.fields) != len(names):
            raise ValueError(
                f'{path}, line {row.line}: {shown(row.fields, 120)} has {len(row.fields)} fields, '
                f'the header {len(names)}; correct the line. A field with the separator in it is '
                'written in quotation marks.'
            )
    columns = list(zip(*(row.fields for row in rows)))
    lines = [row.line for row in rows]
    paths = _filled(path, columns, names, lines, _only(path, names, PATHS, 'image'), 'image')
    keys, named = _classes(path, names, columns, lines)
    return paths, keys, _splits(path, names, columns, lines), lines, named


def _only(path: str, names: Sequence[str], known: Sequence[str], what: str) -> int:
    """Return the place of a column; of several, the first of the known names that is there once."""
    found = [name for name in known if name in names]
    if names.count(found[0]) > 1 or (len(found) > 1 and what == 'split'):
        twice = (found * 2)[:2]
        raise ValueError(
            f'{path}, line 1: the columns {twice[0]!r} and {twice[1]!r} may both tell the {what}; '
            'keep one of them, or rename the other.'
        )
    return names.index(found[0])


def _filled(path, columns, names, lines, place, what) -> list[str]:
    """Return a column of which no field is empty."""
    column = list(columns[place])
    if not all(column):
        line = lines[column.index('')]
        raise ValueError(
            f'{path}, line {line}: the column {names[place]!r} is empty, so the {what} is unknown; '
            'fill it in, or remove the line.'
        )
    return column


def _classes(path, names, columns, lines) -> tuple[list[str], dict[str, str]]:
    """Return the keys of the classes, and names where another column has them.

    Of several columns for the class, one of numbers and one of names that go
    together are both taken; else they must say the same.
    """
    places = [place for place, name in enumerate(names) if name in LABELS]
    own = {place: _filled(path, columns, names, lines, place, 'class') for place in places}
    numbers = [p for p in places if all(map(_WHOLE.fullmatch, own[p]))]
    texts = [p for p in places if p not in numbers]
    if len(numbers) <= 1 and len(texts) <= 1:
        if not numbers or not texts:
            return own[places[0]], {}
        keys = [str(int(float(key))) for key in own[numbers[0]]]
        return keys, _pairs(path, keys, own[texts[0]], lines)
    first, second = (texts if len(texts) > 1 else numbers)[:2]
    raise ValueError(
        f'{path}, line 1: the columns {names[first]!r} and {names[second]!r} may both tell the '
        'class; keep one of them, or rename the other.'
    )


def _pairs(path: str, keys: Sequence[str], texts: Sequence[str], lines) -> dict[str, str]:
    """Return the one name of each number."""
    named = {}
    for key, text, line in zip(keys, texts, lines):
        if named.setdefault(key, text) != text:
            raise ValueError(
                f'{path}, line {line}: class {key} is called {shown(text)} here, but '
                f'{shown(named[key])} before; correct one, or keep one of the two columns.'
            )
    return named


def _splits(path, names, columns, lines) -> list[str]:
    flags = [name for name in names if name in FLAGS]
    words = [name for name in names if name in SPLITS]
    if not flags and not words:
        return [''] * len(lines)
    if words:
        place = _only(path, names, SPLITS, 'split')
        remedy = f'known are {", ".join(SPLIT_WORDS)}. Write one of them, or nothing.'
        return _translate(path, names[place], columns[place], lines, _split_or_none, remedy)
    named = [_flag(path, name, columns[names.index(name)], lines) for name in flags]
    return [_one_split(path, line, own) for line, own in zip(lines, zip(*named))]


def _split_or_none(word: str) -> str | None:
    return split_of_word(word) if word else ''


def _flag(path: str, name: str, column: Sequence[str], lines) -> list[str]:
    def read(word: str) -> str | None:
        truth = _TRUTH.get(word.lower())
        return None if truth is None else FLAGS[name][truth]

    return _translate(path, name, column, lines, read, 'write true or false.')


def _translate(
    path: str, name: str, column, lines, read: Callable[[str], str | None], remedy: str
) -> list[str]:
    known = {word: read(word) for word in set(column)}
    for word, line in zip(column, lines):
        if known[word] is None:
            raise ValueError(
                f'{path}, line {line}: {shown(word)} in the column {name!r} is no split; {remedy}'
            )
    return [known[word] for word in column]


def _one_split(path: str, line: int, own: Sequence[str]) -> str:
    """Join the splits that several columns of true and false tell of a row."""
    held = {split for split in own if split != 'train'}
    if len(held) > 1:
        raise ValueError(
            f'{path}, line {line}: the image is of both {" and ".join(sorted(held))}; it can be of '
            'one. Correct the columns.'
        )
    return held.pop() if held else 'train'
