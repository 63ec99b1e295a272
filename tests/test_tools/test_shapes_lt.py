"""The demo data: layout, balance, determinism, honest noise lists."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from noise_share import noise_share
from PIL import Image
from shapes_lt.articles import all_compounds
from shapes_lt.data_sets import ShapesConfig, choose_compounds, long_tail, make_demo_data
from shapes_lt.rendering import COLOURS, SHAPES, TEXTURES, render

from vlltr_mm.datasets import ImageNetLT, TextCorpus
from vlltr_mm.evaluation import ClassSplits

SMALL = ShapesConfig(
    num_classes=40,
    max_images=4,
    min_images=1,
    val_images=1,
    test_images=1,
    clip_classes=40,
    clip_images=1,
    size=16,
)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """A small version of both data sets."""
    root = tmp_path_factory.mktemp('shapes')
    make_demo_data(str(root), SMALL)
    return root


def test_default_counts_fill_all_splits():
    config = ShapesConfig()
    counts = long_tail(config.num_classes, config.max_images, config.min_images)
    assert (counts[0], counts[-1]) == (200, 4)
    assert counts == sorted(counts, reverse=True)
    sizes = {k: int(v.sum()) for k, v in ClassSplits(counts).masks.items()}
    assert min(sizes.values()) >= 10


def test_compounds_are_disjoint_but_attributes_shared():
    tail, other = choose_compounds(ShapesConfig())
    assert not set(tail) & set(other)
    assert len(set(tail)) == 60 and len(set(other)) == 240
    values = set(TEXTURES) | set(COLOURS) | set(SHAPES)
    for part in (tail[:30], tail[30:], other):
        assert {v for compound in part for v in compound} == values
    # No class is known by one attribute alone.
    for kind in range(3):
        named = [compound[kind] for compound in tail]
        assert min(named.count(v) for v in named) > 1


def test_layout_is_read_by_the_data_set(data):
    root = str(data / 'shapes_lt')
    train = ImageNetLT(data_root=root, split='train')
    counts = np.bincount(train.get_gt_labels())
    assert counts.tolist() == long_tail(40, 4, 1)
    assert train.metainfo['class_counts'] == tuple(counts)
    assert train.metainfo['classes'][0] in {c.name for c in all_compounds()}
    assert Path(train[0]['img_path']).is_file()
    assert len(ImageNetLT(data_root=root, split='test')) == 40
    with Image.open(train[0]['img_path']) as image:
        assert image.size == (16, 16)


def test_noise_is_listed_as_the_splitter_cuts_it(data, tmp_path):
    root = data / 'shapes_lt'
    noise = json.loads((root / 'noise_sentences.json').read_text())
    classes = ImageNetLT(data_root=str(root), split='val').metainfo['classes']
    corpus = TextCorpus(
        classes, [dict(type='WikiTexts', root=str(root / 'wiki'))], cache_dir=str(tmp_path)
    )
    for own, bad in zip(corpus.sentences, noise):
        assert set(bad) <= set(own)
        assert 0.3 < len(bad) / len(own) < 0.5
        assert not any('Handbook' in sentence for sentence in own)


def test_pictures_depend_on_the_seed_alone(data, tmp_path):
    make_demo_data(str(tmp_path), SMALL, names=['shapes_lt'])
    assert [path.name for path in tmp_path.iterdir()] == ['shapes_lt']
    path = next((data / 'shapes_lt/test').rglob('*.jpg')).relative_to(data)
    assert (tmp_path / path).read_bytes() == (data / path).read_bytes()
    for file in ('labels.txt', 'wiki/desc_3.txt', 'ImageNet_LT_train.txt'):
        file = Path('shapes_lt') / file
        assert (tmp_path / file).read_text() == (data / file).read_text()


def test_complete_data_is_left_alone_and_other_is_made_again(tmp_path):
    make_demo_data(str(tmp_path), SMALL)
    stamp = (tmp_path / 'shapes_lt/meta.json').stat().st_mtime_ns
    make_demo_data(str(tmp_path), SMALL)
    assert (tmp_path / 'shapes_lt/meta.json').stat().st_mtime_ns == stamp
    make_demo_data(str(tmp_path), replace(SMALL, test_images=2))
    lines = (tmp_path / 'shapes_lt/ImageNet_LT_test.txt').read_text()
    assert len(lines.splitlines()) == 80
    assert sorted(p.name for p in tmp_path.iterdir()) == ['shapes_clip', 'shapes_lt']


@pytest.mark.parametrize('texture', TEXTURES)
@pytest.mark.parametrize('shape', SHAPES)
def test_every_shape_and_texture_shows_its_colour(shape, texture):
    seen = 0
    for seed in range(5):
        picture = render(shape, 'red', texture, 48, np.random.default_rng(seed))
        pixels = np.asarray(picture).astype(int)
        red = (pixels[..., 0] > 2 * pixels[..., 1]) & (pixels[..., 0] > 2 * pixels[..., 2])
        seen += red.mean() > 0.01
    assert seen == 5


def test_impossible_sizes_are_refused():
    with pytest.raises(ValueError, match='there are 320 compounds'):
        choose_compounds(ShapesConfig(num_classes=200, clip_classes=200))
    with pytest.raises(ValueError, match='too few'):
        choose_compounds(ShapesConfig(num_classes=4))
    with pytest.raises(ValueError, match="shape is 'cube'"):
        render('cube', 'red', 'solid', 16, np.random.default_rng(0))


def test_noise_share_by_hand(tmp_path):
    def write(name, value):
        (tmp_path / name).write_text(json.dumps(value))
        return str(tmp_path / name)

    def sentence(text, anchor):
        return dict(sentence=text, anchor=anchor, l_lin=1.0)

    anchors = write(
        'anchors.json',
        [
            dict(index=0, sentences=[sentence('a', True), sentence('b', False)]),
            dict(index=1, sentences=[sentence('a', True), sentence('c', True)]),
        ],
    )
    share = noise_share(anchors, write('noise.json', [['b'], ['a']]))
    # Noise: b of class 0 (not an anchor), a of class 1 (an anchor). Class 0
    # keeps half of its sentences, class 1 all: by chance 1/2 + 1 of 3.
    assert share == pytest.approx(dict(corpus=50.0, anchors=100 / 3, chance=50.0))


@pytest.mark.parametrize(
    'index, anchor, noise, message',
    [
        (1.5, True, [['b']], 'anchors.json, entry 0, index is 1.5; it must be a whole number'),
        (1, True, [['b']], 'entry 0, index is 1; it must be a whole number in 0 .. 0'),
        (0, 'yes', [['b']], "entry 0, anchor is 'yes'; it must be true or false"),
        (0, False, [['b']], 'anchors.json has no anchor'),
        (0, True, [5], 'noise.json, entry 0 is 5; it must be a list'),
        (0, True, [['b'], []], 'do not belong together: 1 and 2 classes'),
    ],
)
def test_noise_share_of_odd_files(tmp_path, index, anchor, noise, message):
    classes = [dict(index=index, sentences=[dict(sentence='a', anchor=anchor)])]
    for name, value in (('anchors.json', classes), ('noise.json', noise)):
        (tmp_path / name).write_text(json.dumps(value))
    with pytest.raises(ValueError, match=message):
        noise_share(str(tmp_path / 'anchors.json'), str(tmp_path / 'noise.json'))
