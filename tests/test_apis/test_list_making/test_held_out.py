"""Lists without some classes: what is trained, what is tested, in which order."""

import json
import sys

import hold_out_classes as hold_out_tool
import numpy as np
import pytest

from vlltr_mm.apis.list_making.held_out import hold_out_classes
from vlltr_mm.datasets import ImageNetLT

NAMES = ('ant', 'bee', 'cod', 'dog', 'elk', 'fox')
COUNTS = (2, 9, 4, 7, 3, 1)  # by size: bee, dog, cod, elk, ant, fox


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'data'
    for split in ('train', 'val', 'test'):
        lines = []
        for label, name in enumerate(NAMES):
            (root / split / name).mkdir(parents=True)
            for number in range(COUNTS[label] if split == 'train' else 2):
                (root / split / name / f'{number}.jpg').touch()
                lines.append(f'{split}/{name}/{number}.jpg {label}\n')
        (root / f'ImageNet_LT_{split}.txt').write_text(''.join(lines))
    rows = [f'n{label} {label} {name}\n' for label, name in enumerate(NAMES)]
    (root / 'labels.txt').write_text(''.join(rows))
    return root


def write_articles(root):
    (root / 'wiki').mkdir()
    for label, name in enumerate(NAMES):
        (root / 'wiki' / f'desc_{label}.txt').write_text(f'The {name} lives. It is a {name}.')


def read(folder, split):
    """Return class names, training counts and (name of the class, image) of a list."""
    dataset = ImageNetLT(str(folder), split)
    classes = dataset.metainfo['classes']
    rows = [dataset.get_data_info(i) for i in range(len(dataset))]
    return (
        list(classes),
        list(dataset.metainfo['class_counts']),
        [(classes[row['gt_label']], row['img_path']) for row in rows],
    )


def expected(root, split, names):
    return {(name, str(path)) for name in names for path in sorted((root / split / name).iterdir())}


def test_what_is_in_which_list(root, tmp_path):
    write_articles(root)
    out = tmp_path / 'out'
    held = hold_out_classes(str(root), str(out), 2)
    assert held == ['ant', 'dog']
    kept = [name for name in NAMES if name not in held]
    counts = [COUNTS[NAMES.index(name)] for name in kept]
    for split in ('train', 'val', 'test'):
        names, trained, rows = read(out / 'seen', split)
        assert names == kept and trained == counts
        assert len(rows) == len(set(rows)) and set(rows) == expected(root, split, kept)
    names, trained, rows = read(out / 'all', 'test')
    assert names == kept + held and trained == [*counts, 0, 0]
    assert set(rows) == expected(root, 'test', NAMES)
    assert set(read(out / 'all', 'train')[2]) == expected(root, 'train', kept)
    assert not (out / 'all' / 'ImageNet_LT_val.txt').exists()
    texts = json.loads((out / 'new_classes.json').read_text())
    assert list(texts) == held and texts['dog'] == ['The dog lives.', 'It is a dog.']
    for label, name in enumerate(kept):
        assert name in (out / 'seen' / 'wiki' / f'desc_{label}.txt').read_text()


@pytest.mark.parametrize('number', [1, 3, 5])
def test_they_are_spread_over_the_tail(root, tmp_path, number):
    held = hold_out_classes(str(root), str(tmp_path / 'out'), number)
    by_size = [NAMES[label] for label in np.argsort(-np.array(COUNTS))]
    ranks = [int((k + 0.5) * 6 / number) for k in range(number)]
    assert held == sorted(by_size[rank] for rank in ranks)
    # Without articles, names alone.
    assert json.loads((tmp_path / 'out' / 'new_classes.json').read_text()) == held


def test_what_cannot_be_is_refused(root, tmp_path):
    with pytest.raises(ValueError, match='number is 6, of 6 classes; hold out fewer'):
        hold_out_classes(str(root), str(tmp_path / 'out'), 6)
    with pytest.raises(FileExistsError, match='exists; name a new folder'):
        hold_out_classes(str(root), str(root), 2)
    assert not (tmp_path / 'out').exists()


def test_the_tool(root, tmp_path, monkeypatch, capsys):
    args = ['hold_out_classes.py', str(root), str(tmp_path / 'out'), '--number', '2']
    monkeypatch.setattr(sys, 'argv', args)
    hold_out_tool.main()
    assert 'Held out: ant, dog.' in capsys.readouterr().out
