"""The files that name classes, and the official iNaturalist lists."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...utils.annotation_list import LARGEST_LABEL, read_annotation_list, read_lines
from ...utils.files import read_json
from ...utils.read_once import read_once
from ...utils.validation import check_int, check_list, check_mapping, check_text, shown
from .class_folders import NumberedClasses, plain_name

_PARTS = ('images', 'annotations')
_INDEX = re.compile('[0-9]{1,9}')
_CSV = re.compile(r'"?([^",;]+)"?[,;]\s*"?([0-9]{1,9})"?[,;]\s*"?([^"]+)"?')


def check_names(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return class names in Unicode's normal form C, without outer white space.

    Args:
        names (Sequence[str]): C names; two classes may share one.
        where (str): their file or argument, for the message.

    Raises:
        ValueError: if they are no list of texts of one line each.
    """
    names = check_list(names, where)
    for label, name in enumerate(names):
        text = check_text(name, f'{where}: the name of class {label}')
        if len(text.strip().splitlines()) != 1:
            raise ValueError(
                f'{where}: the name of class {label} is {shown(name)}; it must be one line. '
                'Correct it.'
            )
    if not names:
        raise ValueError(f'{where} has no class; give one name per class.')
    return tuple(unicodedata.normalize('NFC', name.strip()) for name in names)


@read_once
def _read_rows(path: str) -> list[tuple[str, str, int, int]]:
    """Return id, name, index and line of each class, sorted by id."""
    rows = {}
    lines = read_lines(path, "the classes, one 'id index name' a line")
    for number, line in enumerate(lines, 1):
        fields = line.split(None, 2)
        if not fields:
            continue
        fault = labels_line_fault(line)
        if not fault and fields[0] in rows:
            fault = f'has the id of line {rows[fields[0]][3]}; give each class an id of its own.'
        if fault:
            raise ValueError(f'{path}, line {number}: {shown(line.strip(), 120)} {fault}')
        rows[fields[0]] = fields[0], fields[2].strip(), int(fields[1]), number
    if not rows:
        raise ValueError(f"{path} has no line; each must read 'id index name'.")
    ids = sorted(rows)
    names = check_names([rows[key][1] for key in ids], path)
    return [(key, name, *rows[key][2:]) for key, name in zip(ids, names)]


def labels_line_fault(line: str) -> str:
    """Say what is wrong with a line of a labels file; '' if nothing is."""
    line, fields = line.strip(), line.split(None, 2)
    if line.startswith('#'):
        return "is a comment, but each line must read 'id index name'; remove it."
    fault = "is not 'id index name'; "
    row = _CSV.fullmatch(line)
    if row:
        return f"{fault}write '{' '.join(map(str.strip, row.groups()))}'."
    if len(fields) == 3 and _INDEX.fullmatch(fields[1]):
        name = fields[2].strip()
        if '\t' in name:
            return f"{fault}remove the columns after the name '{name.partition(chr(9))[0]}'."
        if name[0] == name[-1] == '"' or fields[0][0] == '"':
            return f'{fault}remove the quotation marks.'
        return ''
    if len(fields) >= 2 and not _INDEX.fullmatch(fields[0]):
        return (
            f'{fault}write the index of the class, a whole number from 0, between its id and '
            "its name, such as 'n01440764 0 tench, Tinca tinca'. There is no header."
        )
    return f'{fault}correct the line.'


def read_labels_file(path: str) -> list[tuple[str, str]]:
    """Read 'id index name' lines, sorted by id.

    Args:
        path (str): the file; blank lines are skipped, the index is not used.

    Returns:
        list[tuple[str, str]]: id and name of each class, the name in
        Unicode's normal form C.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a line has not three fields, the second a whole number,
            or is a comment; two have one id, or there is none.
    """
    return [row[:2] for row in _read_rows(path)]


def numbered_classes(path: str) -> NumberedClasses:
    """Return the classes of a labels file with what its index column says."""
    rows = _read_rows(path)
    return NumberedClasses(
        path=f'{path}, sorted by its first column as text,',
        keys=[row[:2] for row in rows],
        numbers=[row[2] for row in rows],
        lines=[f'{path}, line {row[3]}' for row in rows],
    )


def named_classes(names: Sequence[str], path: str | None) -> NumberedClasses:
    """Return given classes; folders may also have the id that a labels file gives a name."""
    ids_of = {}
    for own, name in read_labels_file(path) if path else ():
        ids_of.setdefault(plain_name(name), []).append(own)
    return NumberedClasses(
        path='the order of the given classes',
        keys=[(name, *ids_of.get(plain_name(name), ())) for name in names],
    )


def place_name(path: str) -> str:
    """Turn a path of Places into a class name: '/d/desert/sand' → 'desert sand'."""
    name = re.sub('[-_/]', ' ', re.sub('^/?[a-z]/', '', path))
    return unicodedata.normalize('NFC', name)


def read_places_categories(path: str) -> dict[str, int]:
    """Read 'path_like_name index' lines.

    Args:
        path (str): such as Places' ``categories_places365.txt``.

    Returns:
        dict[str, int]: index of each name, as by ``place_name``.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a line is not of this form, or two have one name or
            index.
    """
    places, indices = read_annotation_list(path)
    names = check_names(list(map(place_name, places)), path)
    for values, what in ((names, 'name'), (indices.tolist(), 'index')):
        value, times = Counter(values).most_common(1)[0]
        if times > 1:
            raise ValueError(
                f'{path} has the {what} {value!r} {times} times; give each class a line of its own.'
            )
    return dict(zip(names, indices.tolist()))


@read_once
def read_categories(path: str) -> tuple[list[str], dict[int, int]]:
    """Read iNaturalist's categories.

    Args:
        path (str): a JSON list of objects with ``id`` and ``name``.

    Returns:
        tuple[list[str], dict[int, int]]: the names in file order, and the
        class index of each category id.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is not of this form, or two ids are equal.
    """
    return categories_of(read_json(path, 'the list of the categories'), path)


def categories_of(content, where: str) -> tuple[list[str], dict[int, int]]:
    """Read the categories of a JSON value, as ``read_categories`` those of a file."""
    if not isinstance(content, list) or not content:
        raise ValueError(
            f"{where} holds {shown(content)}; it must hold a list of objects with 'id' and 'name'."
        )
    ids = json_column(where, 'category', content, 'id', int)
    names = check_names(json_column(where, 'category', content, 'name', str), where)
    indices = {own: index for index, own in enumerate(ids)}
    if len(indices) != len(names):
        twice, _ = Counter(ids).most_common(1)[0]
        raise ValueError(
            f'{where} has {len(names)} categories, but {len(indices)} different ids: {twice} is '
            f'that of {names[ids.index(twice)]!r} and of {names[indices[twice]]!r}; correct it.'
        )
    return list(names), indices


@read_once
def read_coco_list(path: str, categories: str | None = None) -> tuple[list[str], np.ndarray]:
    """Read images and annotations and join them by image id.

    Args:
        path (str): a JSON object with ``images`` (``id``, ``file_name``) and
            ``annotations`` (``image_id``, ``category_id``).
        categories (str, optional): the file that gives the class index of a
            category id. Defaults to None: the id is the index.

    Returns:
        tuple[list[str], np.ndarray]: N image paths and their labels (N,)
        int64, in the order of the images.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if the file is not of this form, an image has not exactly
            one annotation, a category is unknown, or there is no image.
    """
    index_of = read_categories(categories)[1] if categories else None
    content = read_json(path, "an object with 'images' and 'annotations'")
    parts = [content.get(p) if isinstance(content, dict) else None for p in _PARTS]
    if not all(isinstance(part, list) for part in parts):
        raise ValueError(
            f'{path} has no lists {" and ".join(map(repr, _PARTS))}; give an object with images '
            '(id, file_name) and annotations (image_id, category_id).'
        )
    images, annotations = parts
    image_ids = json_column(path, 'image', images, 'id', int, str)
    names = json_column(path, 'image', images, 'file_name', str)
    annotated = json_column(path, 'annotation', annotations, 'image_id', int, str)
    category_ids = json_column(path, 'annotation', annotations, 'category_id', int)
    category_of = dict(zip(annotated, category_ids))
    _check_join(path, image_ids, annotated)
    if not images:
        raise ValueError(f'{path} has no image; a list needs one at least.')
    category_ids = [category_of[image_id] for image_id in image_ids]
    if categories:
        remedy = f'{categories} does not have; the two files do not belong together.'
    else:
        index_of = {own: own for own in set(category_ids) if own <= LARGEST_LABEL}
        remedy = 'is no index of a class; name the file of the categories.'
    unknown = set(category_ids) - set(index_of)
    if unknown:
        raise ValueError(f'{path} has category_id {min(unknown)}, which {remedy}')
    return names, np.array([index_of[category] for category in category_ids], dtype=np.int64)


def json_column(path: str, part: str, rows: Sequence, key: str, *kinds: type) -> list:
    """Return one value of each object of a list: whole numbers from 0, or texts.

    Args:
        path (str): the file, and ``part`` what an object is, for messages.
        rows (Sequence): the objects.
        key (str): whose value, of one of the ``kinds``, int and str.

    Raises:
        ValueError: naming the first object that has no such value.
    """
    if set(map(type, rows)) <= {dict}:
        values = [row.get(key) for row in rows]
        if _are_plain(values, kinds):
            return values
    values = []
    for index, row in enumerate(rows):
        where = f'{path}: {part} {index} of its list'
        value = check_mapping(row, where, [key])[key]
        text = str in kinds and (isinstance(value, str) or int not in kinds)
        check = check_text if text else check_int
        values.append(check(value, f'{where}, {key}'))
    return values


def _are_plain(values: Sequence, kinds: Sequence[type]) -> bool:
    """Tell, fast, whether values are all of one of the kinds, and in range."""
    found = set(map(type, values))
    if found == {int}:
        return int in kinds and min(values) >= 0 and max(values) < 2**63
    if found == {str}:
        return str in kinds and all(map(str.strip, values)) and '\0' not in ''.join(values)
    return False


def _check_join(path: str, image_ids: list, annotated: list):
    """Check that images and annotations are one to one."""
    known, with_annotation = set(image_ids), set(annotated)
    for ids, what in (
        (known - with_annotation, 'no annotation'),
        (with_annotation - known, 'an annotation, no entry'),
    ):
        if ids:
            raise ValueError(
                f'{path}: image {min(ids, key=str)} has {what}; each '
                'image needs one annotation. Correct the file.'
            )
    if not len(image_ids) == len(known) == len(annotated):
        ids = image_ids if len(image_ids) > len(known) else annotated
        raise ValueError(
            f'{path} has {len(image_ids)} images of {len(known)} ids and {len(annotated)} '
            f'annotations, several of image {Counter(ids).most_common(1)[0][0]}; each image needs '
            'one id and one annotation. Correct the file.'
        )
