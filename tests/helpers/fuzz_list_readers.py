"""Readers of lists, names and counts of classes."""

import json
import re

import numpy as np
from fuzz_inputs import damaged_bytes, damaged_json, damaged_lines
from fuzz_trials import Reader
from hypothesis import strategies as st

from vlltr_mm.apis.list_making.image_source import read_image_source
from vlltr_mm.datasets import ImageNetLT, INaturalist2018, PlacesLT
from vlltr_mm.datasets.long_tailed.label_files import (
    read_categories,
    read_coco_list,
    read_labels_file,
    read_places_categories,
)
from vlltr_mm.utils.annotation_list import read_annotation_list
from vlltr_mm.utils.class_counts import read_class_counts

LIST = 'train/n01/a b.jpg 0\ntrain/n02/b.jpg 1\n\ntrain/n01/c.jpg 0\n'
LABELS = 'n02 2 crane\nn01 1 tench, Tinca tinca\n'
PLACES = '/a/airport_terminal 1\n/d/desert/sand 0\n'
CATEGORIES = [dict(id=7, name='Bufo bufo', supercategory='Amphibia'), dict(id=3, name='Rana')]
COCO = dict(
    info=dict(year=2018),
    images=[
        dict(id=11, file_name='train/7/a.jpg', width=800),
        dict(id=12, file_name='train/3/b.jpg'),
        dict(id=15, file_name='train/7/c.jpg'),
    ],
    annotations=[
        dict(id=1, image_id=15, category_id=7),
        dict(id=2, image_id=11, category_id=7),
        dict(id=3, image_id=12, category_id=3),
    ],
)
COUNTS = [500, 20, 0, 5]
DATA_SETS = {
    ImageNetLT: {'ImageNet_LT_train.txt': LIST, 'labels.txt': LABELS},
    PlacesLT: {
        'Places_LT_train.txt': 'data/a/airport/x.jpg 0\ndata/d/desert/sand/y.jpg 1\n'
        'data/a/airport/z.jpg 0\n'
    },
    INaturalist2018: {
        'train2018.json': json.dumps(COCO),
        'categories.json': json.dumps(CATEGORIES),
    },
}
_LABEL = re.compile(r'[0-9]{1,6}')


def write(files: dict):
    """Return a function that writes JSON values and texts into a folder, by file name."""

    def prepare(folder):
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, encoding='utf-8')

    return prepare


def lines_of(content: bytes) -> list[list[str]]:
    """Split a file of one entry per line; no line of white space alone."""
    text = content.decode('utf-8').replace('\ufeff', '')
    return [line for line in re.split('\r\n|\r|\n', text) if line.strip()]


def odd_text(text) -> bool:
    """Whether something is no text that a person reads."""
    return not isinstance(text, str) or not text.strip() or '\x00' in text or '\n' in text


def odd_list(value, content) -> str | None:
    """Compare paths and labels with the words of the file."""
    paths, labels = value
    rows = [line.rsplit(None, 1) for line in lines_of(content)]
    if labels.dtype != np.int64 or len(paths) != len(labels) or len(rows) != len(labels):
        return 'not a label for each line'
    for path, label, row in zip(paths, labels.tolist(), rows):
        if len(row) < 2 or not _LABEL.fullmatch(row[1]) or int(row[1]) != label:
            return f'line {row} read as label {label}'
        if odd_text(path) or path != row[0].strip():
            return f'line {row} read as path {path!r}'
    return None


def odd_labels(value, content) -> str | None:
    """Compare ids and names with the words of the file."""
    rows = sorted((f[0], f[2].strip()) for f in (line.split(None, 2) for line in lines_of(content)))
    if [tuple(row) for row in value] != rows or any(odd_text(n) for row in value for n in row):
        return 'not what the lines say'
    return 'two of one id' if len({row[0] for row in value}) != len(value) else None


def whole(value) -> bool:
    """Whether a JSON value is a whole number that counts something."""
    return type(value) in (int, float) and value == int(value) and 0 <= value < 2**63


def odd_categories(value, content) -> str | None:
    """Compare names and ids with the JSON."""
    raw = json.loads(content.decode('utf-8-sig'))
    names, indices = value
    if any(odd_text(name) for name in names) or names != [c['name'] for c in raw]:
        return 'odd names'
    if not all(whole(c['id']) for c in raw) or len(indices) != len(raw):
        return 'odd ids'
    return None


def odd_coco(value, content) -> str | None:
    """Join images and annotations again, in a loop."""
    raw = json.loads(content.decode('utf-8-sig'))
    paths, labels = value
    known = {7: 0, 3: 1}
    if len(raw['images']) != len(paths) or len(raw['annotations']) != len(paths):
        return 'not one annotation for each image'
    for image, path, label in zip(raw['images'], paths, labels.tolist()):
        own = [a for a in raw['annotations'] if a['image_id'] == image['id']]
        ids = [image['id'], own[0]['category_id']]
        if len(own) != 1 or not all(map(whole, ids)) or known[ids[1]] != label:
            return f'image {image} read as {label}'
        if path != image['file_name'] or odd_text(path):
            return f'image {image} read as {path!r}'
    return None


def odd_counts(value, content) -> str | None:
    """Compare counts with those given."""
    raw = json.loads(content.decode('utf-8-sig')) if isinstance(content, bytes) else content
    if not isinstance(raw, list) or len(raw) != 4 or not all(type(n) is int for n in raw):
        return 'not four integers'
    same = value.dtype == np.int64 and value.tolist() == raw and value.min() >= 0
    return None if same else 'other counts'


def odd_listed_counts(value, content) -> str | None:
    """Count the labels of a list again."""
    labels = [int(line.rsplit(None, 1)[1]) for line in lines_of(content)]
    same = value.tolist() == [labels.count(label) for label in range(len(value))]
    return None if same and value.sum() == len(labels) else 'other counts'


def odd_source(value, content) -> str | None:
    """Check images and classes of a list that has no file of names."""
    return (
        odd_list((value.paths, value.labels), content)
        or ('odd names' if any(map(odd_text, value.names)) else None)
        or ('a class without image' if value.counts.min() < 1 else None)
    )


def odd_data_set(value, content) -> str | None:
    """Check classes, training counts, labels and paths of a data set."""
    classes, counts = value.metainfo['classes'], value.metainfo['class_counts']
    labels = value.get_gt_labels()
    if any(map(odd_text, classes)) or len(classes) != len(counts):
        return 'odd classes'
    if list(counts) != np.bincount(labels, minlength=len(classes)).tolist():
        return 'odd counts'
    if len(value) == 0 or labels.min() < 0 or labels.max() >= len(classes):
        return 'odd labels'
    return 'odd paths' if any(odd_text(value[i]['img_path']) for i in range(len(value))) else None


def _lines(name, file, content, read, known, odd) -> Reader:
    """Make a reader of a file of lines."""
    return Reader(
        name,
        write({file: content}),
        lambda folder: read(str(folder / file)),
        st.one_of(damaged_lines(content), damaged_bytes(content.encode())),
        known,
        odd,
        file,
    )


LIST_READERS = [
    _lines(
        'list of images',
        'list.txt',
        LIST,
        read_annotation_list,
        lambda value: value[0][0] == 'train/n01/a b.jpg' and value[1].tolist() == [0, 1, 0],
        odd_list,
    ),
    _lines(
        'labels.txt',
        'labels.txt',
        LABELS,
        read_labels_file,
        lambda value: [*map(tuple, value)] == [('n01', 'tench, Tinca tinca'), ('n02', 'crane')],
        odd_labels,
    ),
    _lines(
        'categories of Places',
        'categories.txt',
        PLACES,
        read_places_categories,
        lambda value: value == {'airport terminal': 1, 'desert sand': 0},
        lambda value, content: (
            None
            if len(value) == len(lines_of(content))
            and not any(map(odd_text, value))
            and all(_LABEL.fullmatch(line.split()[-1]) for line in lines_of(content))
            and len({*value.values()}) == len(value)
            else 'other names'
        ),
    ),
    Reader(
        'categories of iNaturalist',
        write({'categories.json': CATEGORIES}),
        lambda folder: read_categories(str(folder / 'categories.json')),
        damaged_json(CATEGORIES),
        lambda value: value == (['Bufo bufo', 'Rana'], {7: 0, 3: 1}),
        odd_categories,
        'categories.json',
    ),
    Reader(
        'list of iNaturalist',
        write({'train.json': COCO, 'categories.json': CATEGORIES}),
        lambda folder: read_coco_list(str(folder / 'train.json'), str(folder / 'categories.json')),
        damaged_json(COCO),
        lambda value: value[0][1] == 'train/3/b.jpg' and value[1].tolist() == [0, 1, 0],
        odd_coco,
        'train.json',
    ),
    Reader(
        'class counts',
        write({'counts.json': COUNTS}),
        lambda folder: read_class_counts(str(folder / 'counts.json'), 4),
        damaged_json(COUNTS),
        lambda value: value.tolist() == COUNTS,
        odd_counts,
        'counts.json',
    ),
    _lines(
        'class counts of a list',
        'list.txt',
        LIST,
        read_class_counts,
        lambda value: value.tolist() == [2, 1],
        odd_listed_counts,
    ),
    _lines(
        'images of a list',
        'list.txt',
        LIST,
        read_image_source,
        lambda value: value.names == ['n01', 'n02'] and value.counts.tolist() == [2, 1],
        odd_source,
    ),
    *(
        Reader(
            f'{kind.__name__}, {file}',
            write(files),
            lambda folder, kind=kind: kind(str(folder), serialize_data=False),
            damaged_json(json.loads(files[file]))
            if file.endswith('.json')
            else damaged_lines(files[file]),
            lambda value: value.get_gt_labels().tolist() == [0, 1, 0],
            odd_data_set,
            file,
            # A label out of range, or a folder of another class, concerns both.
            tuple(files),
        )
        for kind, files in DATA_SETS.items()
        for file in files
    ),
]
