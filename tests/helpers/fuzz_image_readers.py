"""Readers of a user's images, in the forms that people have, and of names for them."""

import json
import posixpath

import numpy as np
from fuzz_inputs import damaged_bytes, damaged_json, damaged_lines
from fuzz_list_readers import odd_text
from fuzz_trials import Reader
from hypothesis import strategies as st

from vlltr_mm.apis.list_making.image_table import read_image_table

PATHS = ('n1/a.jpg', 'n1/b.jpg', 'n2/c.jpg', 'n2/d.jpg')
TABLE = 'file,class,split,note\n' + ''.join(
    f'{path},{own},{split},"x"\n'
    for path, own, split in zip(PATHS, 'pqqp', ('train', 'train', '', 'val'))
)
FLAGS = 'label\tpath\tis_valid\n' + ''.join(
    f'{own}\t{path}\t{flag}\n' for path, own, flag in zip(PATHS, '7722', ('0', 'False', 'no', '1'))
)
WORDS = ''.join(f'{path} {own}\n' for path, own in zip(PATHS, ('red fox', 'elk', 'elk', 'red fox')))
COCO = dict(
    images=[dict(id=n, file_name=path) for n, path in enumerate(PATHS)],
    annotations=[dict(image_id=n, category_id=own) for n, own in enumerate((5, 5, 9, 5))],
    categories=[dict(id=9, name='elk', supercategory='deer'), dict(id=5, name='red fox')],
)
NAMES = {
    'names.csv': 'id,name\nn1,red\nn2,elk\nn3,more\n',
    'pairs.txt': 'n2 elk\nn1 red fox\n',
    'names.txt': 'red fox\nelk\n',
}
NAMES_JSON = {'n1': 'red fox', 'n2': 'elk', 'n3': 'more'}


def prepare(name: str, content):
    """Return a function that writes images and one file."""

    def write(folder):
        for path in PATHS:
            (folder / 'images' / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / 'images' / path).write_bytes(b'x')
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding='utf-8')

    return write


def odd_table(value, content=None) -> str | None:
    """Check what holds of every table."""
    n, c = len(value.paths), len(value.ids)
    if value.labels.dtype != np.int64 or not n == len(value.labels) == len(value.splits):
        return 'not a label and a split for each image'
    if sorted(set(value.labels.tolist())) != list(range(c)) or c != len(value.names):
        return 'a class without image'
    if len(set(value.paths)) != n or len(set(value.ids)) != c or len(set(value.names)) != c:
        return 'one thing twice'
    if any(map(odd_text, (*value.paths, *value.ids, *value.names))):
        return 'odd texts'
    return None if set(value.splits) <= {'', 'train', 'val', 'test'} else 'odd splits'


def odd_list(value, content) -> str | None:
    """Look for image, class and split of each row in a line of the text."""
    lines = content.decode('utf-8-sig').replace('\ufeff', '').lower().split('\n')
    marks = dict(train='t f0no', val='v1ty', test='t')  # of words and of flags
    for path, label, split in zip(value.paths, value.labels.tolist(), value.splits.tolist()):
        own = posixpath.basename(path).removesuffix('.jpg').lower()
        name = value.ids[label].lower()
        found = [line for line in lines if own in line and name in line.replace('\u0308', '')]
        if not found and 'k' not in name and '"' not in content.decode('utf-8-sig'):
            return f'{path} read as {value.ids[label]}'
        if found and split and not any(set(marks[split]) & set(line) for line in found):
            return f'{path} read as {split}'
    if len(value.paths) > sum(bool(line.strip()) for line in '\n'.join(lines).splitlines()):
        return 'more images than lines'
    return odd_table(value)


def odd_coco(value, content) -> str | None:
    """Join images, annotations and categories again, in a loop."""
    raw = json.loads(content.decode('utf-8-sig'))
    names = {int(c['id']): c['name'].strip() for c in raw['categories'] or ()}
    file_of = {posixpath.normpath(i['file_name']): i['id'] for i in raw['images']}
    for path, label in zip(value.paths, value.labels.tolist()):
        whole = posixpath.normpath(path)
        image = file_of[whole if whole in file_of else whole.removesuffix('.jpg')]
        own = {int(a['category_id']) for a in raw['annotations'] if a['image_id'] == image}
        if len(own) != 1 or value.ids[label] != str(min(own)):
            return f'{path} read as {value.ids[label]}'
        if names and value.names[label] != names[min(own)]:
            return f'{path} is called {value.names[label]}'
    return odd_table(value)


def odd_names(value, content) -> str | None:
    """Names are in the file, the images and classes those of the folders."""
    text = content.decode('utf-8-sig').replace('\ufeff', '')
    text = text if text.lstrip()[:1] not in ('{', '[') else str(json.loads(text))
    if value.ids != ['n1', 'n2'] or value.labels.tolist() != [0, 0, 1, 1]:
        return 'other classes'
    if any(name not in text and '"' not in text and '\u0308' not in text for name in value.names):
        return 'a name that the file has not'
    return odd_table(value)


def _of_lists(name: str, file: str, content, inputs, names, odd) -> Reader:
    return Reader(
        name,
        prepare(file, content),
        lambda folder: read_image_table(str(folder / 'images'), [f'all={folder / file}']),
        inputs,
        lambda value: value.names == names and value.paths == list(PATHS),
        odd,
        file,
    )


def _of_names(file: str, content, inputs) -> Reader:
    return Reader(
        f'names of classes, {file}',
        prepare(file, content),
        lambda folder: read_image_table(str(folder / 'images'), names=str(folder / file)),
        inputs,
        lambda value: value.names[1] == 'elk' and value.ids == ['n1', 'n2'],
        odd_names,
        file,
    )


def _damaged_table(good: str, separator: str) -> st.SearchStrategy:
    """Damage words between separators, lines, or bytes."""
    by_word = damaged_lines(good.replace(separator, ' '))
    return st.one_of(
        by_word.map(lambda content: content.replace(b' ', separator.encode())),
        damaged_lines(good),
        damaged_bytes(good.encode()),
    )


IMAGE_READERS = [
    _of_lists('table of images', 'a.csv', TABLE, _damaged_table(TABLE, ','), ['p', 'q'], odd_list),
    _of_lists(
        'table with flags', 'a.tsv', FLAGS, _damaged_table(FLAGS, '\t'), ['n2', 'n1'], odd_list
    ),
    _of_lists(
        'list of images with names',
        'a.txt',
        WORDS,
        st.one_of(damaged_lines(WORDS), damaged_bytes(WORDS.encode())),
        ['elk', 'red fox'],
        odd_list,
    ),
    _of_lists('COCO of images', 'a.json', COCO, damaged_json(COCO), ['red fox', 'elk'], odd_coco),
    _of_names('names.json', NAMES_JSON, damaged_json(NAMES_JSON)),
    *(
        _of_names(file, text, _damaged_table(text, ',' if ',' in text else ' '))
        for file, text in NAMES.items()
    ),
]
