"""Names of classes from a file, whatever form it has, for the classes of images."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...datasets.long_tailed.class_folders import plain_name
from ...datasets.long_tailed.label_files import (
    categories_of,
    check_names,
    labels_line_fault,
    read_labels_file,
)
from ...utils.annotation_list import read_lines
from ...utils.files import read_json
from ...utils.validation import check_mapping, check_text, shown
from .delimited import SEPARATORS, find_header, parse_rows, plain_column

_CONTENT = 'the names of the classes'
_IDS = (
    'id', 'class_id', 'label', 'label_id', 'index', 'class_index', 'category_id', 'wnid', 'synset',
    'key', 'folder', 'class', 'category', 'target', 'code',
)  # fmt: skip
_NAMES = (
    'name', 'class_name', 'label_name', 'category_name', 'classname', 'species', 'words', 'title',
    'description', 'text',
)  # fmt: skip
_WHOLE = re.compile('[0-9]{1,18}')


@dataclass(frozen=True)
class NamedClass:
    """A line of a file of names. id: '' where names are in the order of the classes."""

    id: str
    name: str
    where: str


def has_labels_lines(path: str) -> bool:
    """Tell whether all lines of a file are 'id index name'."""
    lines = [line for line in read_lines(path, _CONTENT) if line.strip()]
    return bool(lines) and not any(map(labels_line_fault, lines))


def read_class_names(path: str, keys: Sequence[str]) -> list[NamedClass]:
    """Read a file of names.

    Args:
        path (str): 'id index name' lines; a CSV or TSV table of ids and
            names; 'id name' lines; JSON, an object of id and name, a list of
            names, or of objects with ``id`` and ``name``; or one name a line
            in the order of the classes.
        keys (Sequence[str]): the classes of the images, which tell whether
            something is an id.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is of no such form, or a name is no line of text.
    """
    lines = read_lines(path, _CONTENT)
    start = next((line.strip()[0] for line in lines if line.strip()), '')
    if path.endswith(('.json', '.json.gz')) or start in ('{', '['):
        return _of_json(path, keys)
    numbered = [(n, line.strip()) for n, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise ValueError(f'{path} has no line; write {_CONTENT}, one a line.')
    if has_labels_lines(path):
        return [NamedClass(own, name, path) for own, name in read_labels_file(path)]
    text = '\n'.join(lines)
    separator = find_header(text, path, (_IDS, _NAMES))
    if separator:
        return _of_table(path, text, separator)
    found = _of_pairs(path, text, numbered, set(map(plain_id, keys)))
    return found or [NamedClass('', name, f'{path}, line {n}') for n, name in numbered]


def plain_id(text: str) -> str:
    """Return an id as ids are compared: '007' is '7', 'a_b' is 'a b'."""
    return str(int(text)) if _WHOLE.fullmatch(text) else plain_name(text).strip()


def _of_table(path: str, text: str, separator: str) -> list[NamedClass]:
    header, *rows = parse_rows(text, separator, path)
    columns = list(map(plain_column, header.fields))
    own, name = (next(columns.index(n) for n in known if n in columns) for known in (_IDS, _NAMES))
    found = []
    for row in rows:
        where = f'{path}, line {row.line}'
        if len(row.fields) != len(columns):
            raise ValueError(
                f'{where}: {shown(row.fields, 120)} has {len(row.fields)} fields, the header '
                f'{len(columns)}; correct the line. A name with {separator!r} in it is written in '
                'quotation marks.'
            )
        found.append(NamedClass(row.fields[own], row.fields[name], where))
    if not found:
        raise ValueError(f'{path} has a header but no row; write a row for each class.')
    return found


def _of_pairs(
    path: str, text: str, numbered: Sequence[tuple[int, str]], keys: set[str]
) -> list[NamedClass] | None:
    """Read ids and names without a header, where the ids are those of the images."""
    forms = []
    for separator in SEPARATORS:
        try:
            rows = parse_rows(text, separator, path)
        except ValueError:  # of an apostrophe, in what is no table
            continue
        forms.append([(row.line, row.fields) for row in rows])
    forms.append([(number, line.split(None, 1)) for number, line in numbered])
    for rows in forms:
        if any(len(fields) != 2 for _, fields in rows):
            continue
        ids = {plain_id(fields[0]) for _, fields in rows}
        if 2 * len(ids & keys) >= len(keys):
            return [
                NamedClass(fields[0], fields[1], f'{path}, line {line}') for line, fields in rows
            ]
    return None


def _of_json(path: str, keys: Sequence[str]) -> list[NamedClass]:
    value = read_json(path, 'an object of ids and names, or a list of names')
    if isinstance(value, dict) and isinstance(value.get('categories'), list):
        value = value['categories']
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        names, index_of = categories_of(value, path)
        return [NamedClass(str(own), names[i], path) for own, i in index_of.items()]
    if isinstance(value, list):
        return [
            NamedClass('', name, f'{path}, entry {place}')
            for place, name in enumerate(check_names(value, path))
        ]
    pairs = check_mapping(value, path)
    if pairs and all(_is_pair(entry) for entry in pairs.values()):
        # ImageNet's usual file: {"0": ["n01440764", "tench"], …}
        known = set(map(plain_id, keys))
        by_index = known <= set(map(plain_id, pairs))
        pairs = {(own if by_index else pair[0]): pair[1] for own, pair in pairs.items()}
    return [
        NamedClass(own, check_text(name, f'{path}: the name of {shown(own)}'), path)
        for own, name in pairs.items()
    ]


def _is_pair(entry) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(isinstance(e, str) for e in entry)


def name_classes(path: str, keys: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the name of each class.

    Args:
        path (str): the file, see ``read_class_names``.
        keys (Sequence[str]): C classes of the images, in the order of labels:
            folders, numbers or words of a list.

    Returns:
        tuple[list[str], list[str]]: C names in Unicode's normal form C, and
        notes.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a class has no name, an id stands twice, two classes
            have one name, or there are fewer or more names than classes where
            names have no id.
    """
    named = read_class_names(path, keys)
    if not named:
        raise ValueError(f'{path} has no class; write the name of each class.')
    if named[0].id or any(row.id for row in named):
        found, notes = _by_id(path, keys, named)
    else:
        found, notes = _in_order(path, keys, named)
    names = []
    for key, row in zip(keys, found):
        check_text(row.name, f'{row.where}: the name of the class {shown(key)}')
        names.extend(check_names([row.name], row.where))
    check_no_shared_name(names, keys, [row.where for row in found])
    return names, notes


def _by_id(path, keys, named: Sequence[NamedClass]) -> tuple[list[NamedClass], list[str]]:
    row_of: dict[str, NamedClass] = {}
    for row in named:
        if not row.id:
            raise ValueError(
                f'{row.where}: the name {shown(row.name)} has no id; write the id of its class.'
            )
        first = row_of.setdefault(plain_id(row.id), row)
        if first is not row:
            raise ValueError(
                f'{row.where}: the id {shown(row.id)} stands here and, as {shown(first.id)}, in '
                f'{first.where}; give each class one line.'
            )
    by_name: dict[str, list[NamedClass]] = {}
    for row in named:
        by_name.setdefault(plain_name(row.name).strip(), []).append(row)
    found, lost = [], []
    for key in keys:
        own = row_of.get(plain_id(key)) or by_name.get(plain_name(key).strip())
        if isinstance(own, list):
            own = own[0] if len(own) == 1 else None
        found.append(own)
        lost.extend([key] if own is None else ())
    if lost:
        raise ValueError(
            f'{path} has no name for the class {shown(lost[0])} of the images, by id or by one '
            f'name ({len(lost)} of {len(keys)} classes); its ids are such as '
            f'{shown(named[0].id)}. Add a line for each class.'
        )
    used = {id(row) for row in found}
    if len(used) != len(found):
        _raise_shared(keys, found)
    return found, unused_names([row.id for row in named if id(row) not in used])


def unused_names(more: Sequence[str]) -> list[str]:
    """Return a note on names of classes that no image is of, or none."""
    if not more:
        return []
    return [f"names of classes without an image: {len(more):,}, such as '{more[0]}'"]


def _raise_shared(keys, found: Sequence[NamedClass]):
    """Two classes of the images have one line: one has its id, one its name."""
    key_of: dict[int, str] = {}
    for key, row in zip(keys, found):
        first = key_of.setdefault(id(row), key)
        if first != key:
            raise ValueError(
                f'{row.where}: the line of the id {shown(row.id)} would name two classes of the '
                f'images, {shown(first)} and {shown(key)}; give each a line, with it as the id.'
            )


def _in_order(path, keys, named: Sequence[NamedClass]) -> tuple[list[NamedClass], list[str]]:
    by_name = {plain_id(row.name): row for row in named}
    meant = [by_name.get(plain_id(key)) for key in keys]
    if None not in meant and len(by_name) == len(named) == len(keys):
        return meant, []  # the names themselves, in whatever order
    numbers = [int(key) for key in keys] if all(map(_WHOLE.fullmatch, keys)) else []
    if numbers and min(numbers) == 0 and max(numbers) < len(named):
        more = [row.name for place, row in enumerate(named) if place not in set(numbers)]
        return [named[number] for number in numbers], unused_names(more)
    if len(named) != len(keys):
        raise ValueError(
            f'{path} has {len(named)} names, but the images have {len(keys)} classes, '
            f'{shown(list(keys[:3]))} …; write a name for each class, in this order, or each with '
            'its id.'
        )
    for key, row, other in zip(keys, named, meant):
        if other is not None and other is not row:
            raise ValueError(
                f'{other.where}: the name {shown(other.name)} is that of the class {shown(key)}, '
                f'but in the place of another; the order of the classes has {shown(row.name)} '
                'for it. Put the names in the order of the classes, or write each with its id.'
            )
    first, last = (f'{shown(keys[i])} is {shown(named[i].name)}' for i in (0, -1))
    return list(named), [
        f'{path} has no ids, so its names go to the classes in order: {first}, …, {last}'
    ]


def check_no_shared_name(names: Sequence[str], keys: Sequence[str], where: Sequence[str]):
    """Check that no two classes have one name, be it with '_' for spaces.

    Args:
        names (Sequence[str]): C names.
        keys (Sequence[str]): the C classes, for the message.
        where (Sequence[str]): where each name stands, likewise.

    Raises:
        ValueError: naming the first two.
    """
    first_of: dict[str, int] = {}
    for label, name in enumerate(names):
        first = first_of.setdefault(plain_name(name).strip(), label)
        if first != label:
            raise ValueError(
                f'{where[label]}: the classes {shown(keys[first])} and {shown(keys[label])} are '
                f'both called {shown(name)}, so no text could tell one from the other; give each '
                'a name of its own, or join them.'
            )
