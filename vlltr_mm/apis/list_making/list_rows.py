"""Files that list images with their classes: which form each has, and its rows."""

import re
from dataclasses import dataclass, field

from ...utils.annotation_list import read_annotation_list
from ...utils.files import read_text
from ...utils.image_files import ENDINGS
from ...utils.validation import shown
from .coco_rows import CocoImages, read_coco_images
from .delimited import SEPARATORS, Row, find_header, parse_rows
from .image_folders import split_of_word
from .table_columns import LABELS, PATHS, read_columns

_ENDING = '|'.join(ending[1:] for ending in ENDINGS)
_NAMED = re.compile(rf'(?P<path>.+\.(?:{_ENDING}))\s+(?P<label>\S.*)', re.IGNORECASE)
_WHOLE = re.compile('[0-9]{1,7}')
_CONTENT = "a list of images: 'path label' lines, a CSV or TSV table, or COCO's JSON"


@dataclass
class ListRows:
    """The images of a file. All lists are as long as ``paths``.

    keys: what the file says of the class, a number without leading zeros.
    splits: '' where it says nothing. lines: where an image stands, for
    messages; 0 if nowhere. names: of keys, where the file has them.
    """

    file: str
    kind: str
    paths: list[str]
    keys: list[str]
    splits: list[str]
    lines: list[int]
    names: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def where(self, index: int) -> str:
        """Return file and line of an image."""
        return f'{self.file}, line {self.lines[index]}' if self.lines[index] else self.file


def read_rows(path: str) -> ListRows:
    """Read a list of images, whose form its content tells.

    Args:
        path (str): 'path label' lines, the label a number or a name; a CSV or
            TSV table with a header, or without one where it is clear which
            column is which; or JSON as COCO's.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is of no such form, naming line, value and remedy.
    """
    text = read_text(path, _CONTENT, path.endswith('.gz'))
    if text.lstrip('\ufeff \n')[:1] in ('{', '[') or path.endswith(('.json', '.json.gz')):
        return _of_coco(path, read_coco_images(path))
    if not text.strip('\ufeff \t\n'):
        raise ValueError(f'{path} has no line; it must hold {_CONTENT}.')
    separator = find_header(text, path, (PATHS, LABELS))
    if separator:
        return ListRows(path, 'table', *read_columns(path, parse_rows(text, separator, path)))
    if '\t' in text:  # else 'train TAB a.jpg TAB 0' were an image 'train TAB a.jpg'
        found = _without_header(path, text, '\t')
        if found:
            return found
    try:
        return _of_annotation_list(path, text)
    except ValueError as error:
        found = _of_lines(path, text) or _without_header(path, text, *SEPARATORS)
        if found:
            return found
        raise _no_list(path, text, error) from error


def _of_coco(path: str, found: CocoImages) -> ListRows:
    none = [0] * len(found.paths)
    splits = [''] * len(found.paths)
    return ListRows(
        path, 'COCO JSON', found.paths, found.keys, splits, none, found.names, found.notes
    )


def _of_lines(path: str, text: str) -> ListRows | None:
    """Read lines of an image's path and a number or a name; None if they are not all so."""
    found = []
    for number, line in enumerate(text.replace('\ufeff', '').split('\n'), 1):
        match = line.strip() and _NAMED.fullmatch(line.strip())
        if match:
            found.append((match['path'], match['label'], number))
        elif line.strip():
            return None
    # 'a.jpg, cat' is a table; so is 'a.jpg 0 train', whose end is no name.
    if any(label[0] in ',;|"#' or label.endswith(('"', ',', ';')) for _, label, _ in found):
        return None
    if any('\t' in label or path[0] in '"#' for path, label, _ in found):
        return None
    paths, keys, lines = (list(column) for column in zip(*found))
    return ListRows(path, 'list', paths, plain_keys(keys), [''] * len(paths), lines)


def _without_header(path: str, text: str, *separators: str) -> ListRows | None:
    """Read a table whose columns tell what they are; None if there is no such table."""
    for separator in separators:
        try:
            rows = parse_rows(text, separator, path) if separator in text else []
        except ValueError:  # of an apostrophe, in what is no table
            continue
        columns = rows and _meanings(rows)
        if columns:
            header = Row(columns, 0)
            return ListRows(path, 'table', *read_columns(path, [header, *rows]))
    return None


def _meanings(rows: list[Row]) -> list[str] | None:
    """Return 'path', 'label' and 'split' for two or three columns of which all rows agree."""
    width = len(rows[0].fields)
    if width not in (2, 3) or any(len(row.fields) != width for row in rows):
        return None
    columns = list(zip(*(row.fields for row in rows)))
    images = [all(field.lower().endswith(ENDINGS) for field in column) for column in columns]
    splits = [all(map(split_of_word, column)) for column in columns]
    if images.count(True) != 1 or splits.count(True) != width - 2:
        return None
    return [
        'path' if image else 'split' if split else 'label' for image, split in zip(images, splits)
    ]


def _of_annotation_list(path: str, text: str) -> ListRows:
    paths, labels = read_annotation_list(path)
    text = text.replace('\ufeff', '')
    lines = [number for number, line in enumerate(text.split('\n'), 1) if line.strip()]
    keys = list(map(str, labels.tolist()))
    return ListRows(path, 'list', paths, keys, [''] * len(paths), lines)


def _no_list(path: str, text: str, error: ValueError) -> ValueError:
    """Say what a file is not that is no list of images."""
    first = text.lstrip('\ufeff\n').partition('\n')[0].strip()
    if not any(separator in first for separator in SEPARATORS):
        return error
    return ValueError(
        f'{path} is no list of images: its first line is {shown(first, 120)}. Write a header '
        f'with one of {", ".join(PATHS[:4])}, … for the images and one of '
        f"{', '.join(LABELS[:4])}, … for their classes, or 'path label' lines ({error})"
    )


def plain_keys(keys: list[str]) -> list[str]:
    """Write classes that are all whole numbers without leading zeros and '.0'."""
    plain = [key.removesuffix('.0') for key in keys]
    return [str(int(key)) for key in plain] if all(map(_WHOLE.fullmatch, plain)) else keys
