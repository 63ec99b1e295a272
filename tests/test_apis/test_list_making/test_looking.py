"""Sizes, kinds and damage of image files."""

import numpy as np
import pytest
from image_files import DAMAGED, FORMATS, encode
from PIL import Image

from vlltr_mm.apis.list_making.image_table import read_image_table
from vlltr_mm.apis.list_making.looking import drop_damaged, look_at_images


@pytest.fixture
def root(tmp_path):
    for folder in ('a', 'b'):
        (tmp_path / folder).mkdir()
        for kind in FORMATS:
            (tmp_path / folder / f'{kind}.png').write_bytes(encode(kind))
    Image.new('L', (30, 20)).save(tmp_path / 'a/grey.png')
    return tmp_path


def look(root, **options):
    return look_at_images(read_image_table(str(root)), progress=False, **options)


def test_facts(root):
    facts = look(root)
    assert facts.num_looked == 13 and facts.damaged == [] and facts.sizes.shape == (13, 2)
    assert [30, 20] in facts.sizes.tolist() and facts.sizes.dtype == np.int64
    assert facts.modes == {'RGB': 12, 'L': 1} and facts.formats['PNG'] == 3
    assert facts.short_side() == 48 and facts.short_side(0) == 20 and facts.seconds > 0


@pytest.mark.parametrize('decode', [False, True])
def test_damaged_images_are_named(root, decode):
    for name, (content, _) in DAMAGED.items():
        (root / f'b/{name}.jpg').write_bytes(content)
    (root / 'b/lost.jpg').symlink_to(root / 'nowhere')
    facts = look(root, num_files=None, decode=decode)
    reasons = dict(facts.damaged)
    assert set(reasons) == {f'b/{name}.jpg' for name in (*DAMAGED, 'lost')}
    for name, (_, words) in DAMAGED.items():
        assert words.removeprefix('no image but ') in reasons[f'b/{name}.jpg']
    assert reasons['b/lost.jpg'] == 'it does not exist' and len(facts.sizes) == 13
    assert facts.decoded is decode
    table = read_image_table(str(root))
    kept = drop_damaged(table, facts)
    assert len(kept.paths) == len(kept.labels) == len(kept.splits) == 13
    assert kept.counts.tolist() == [7, 6] and not set(kept.paths) & set(reasons)
    assert kept.left_out[-1].startswith("images that cannot be used: 9, such as 'b/cut.jpg': ")


def test_only_decoding_finds_what_is_damaged_inside(root):
    content = bytearray(encode('PNG'))
    content[200:1200] = bytes(1000)
    (root / 'a/inside.png').write_bytes(bytes(content))
    assert look(root).damaged == []
    assert [path for path, _ in look(root, decode=True).damaged] == ['a/inside.png']


def test_some_files_are_spread_over_the_classes(tmp_path):
    for own in 'abcde':
        (tmp_path / own).mkdir()
        for i in range(10):
            (tmp_path / own / f'{i}.jpg').write_bytes(b'')
    facts = look(tmp_path, num_files=10)
    assert facts.num_looked == 10 and {path[0] for path, _ in facts.damaged} == set('abcde')
    assert facts.short_side() is None
    with pytest.raises(ValueError, match='num_files is 0'):
        look(tmp_path, num_files=0)
    with pytest.raises(
        ValueError, match="class 'a' has no image left.*'a/0.jpg': it is empty.*5 of"
    ):
        drop_damaged(read_image_table(str(tmp_path)), look(tmp_path, num_files=None))


def test_a_progress_bar_of_many(tmp_path, capsys):
    (tmp_path / 'a').mkdir()
    for i in range(300):
        (tmp_path / f'a/{i}.jpg').write_bytes(b'')
    facts = look_at_images(read_image_table(str(tmp_path)))
    out, err = capsys.readouterr()
    assert 'looking at images' in err and out == '' and len(facts.damaged) == 300
    assert facts.damaged == sorted(facts.damaged)
