"""What is no image is said, and every image passes."""

import pickle

import mmcv
import pytest
from image_files import DAMAGED, FORMATS, encode

from vlltr_mm.utils.image_files import find_fault, naming_the_image, unreadable

WHOLE = {
    **{kind: encode(kind) for kind in FORMATS},
    'progressive': encode(progressive=True, optimize=True),
    'trailing bytes': encode() + b'some maker notes' * 9,
    'trailing zeros': encode('PNG') + bytes(99),
}


@pytest.mark.parametrize('decode', [False, True])
@pytest.mark.parametrize('name', WHOLE)
def test_images_pass_whatever_their_file_is_called(name, decode, tmp_path):
    for file in ('a.JPEG', 'a b', 'ä.png'):
        (tmp_path / file).write_bytes(WHOLE[name])
        assert find_fault(str(tmp_path / file), mmcv.imread, decode) is None


@pytest.mark.parametrize('decode', [False, True])
@pytest.mark.parametrize('name', DAMAGED)
def test_damaged_files(name, decode, tmp_path):
    content, expected = DAMAGED[name]
    (tmp_path / 'a.jpg').write_bytes(content)
    assert expected in find_fault(str(tmp_path / 'a.jpg'), mmcv.imread, decode)


def test_what_is_no_file(tmp_path):
    assert find_fault(str(tmp_path)) == 'it is a folder'
    assert find_fault(str(tmp_path / 'a.jpg')) == 'it does not exist'
    (tmp_path / 'a').symlink_to('a')
    assert 'it cannot be read (' in find_fault(str(tmp_path / 'a'))
    assert find_fault('s3://bucket/a.jpg', mmcv.imread, decode=True) is None


def test_files_in_a_form_of_their_own_only_have_to_be_there(tmp_path):
    (tmp_path / 'a.npy').write_bytes(b'\x93NUMPY')
    assert find_fault(str(tmp_path / 'a.npy')) is None
    (tmp_path / 'a.npy').write_bytes(b'')
    assert find_fault(str(tmp_path / 'a.npy')) == 'it is empty'


def test_damage_inside_is_found_by_decoding(tmp_path):
    content = encode()
    (tmp_path / 'a.jpg').write_bytes(content[:300] + content[-300:])
    assert find_fault(str(tmp_path / 'a.jpg'), lambda path: None) is None
    assert find_fault(str(tmp_path / 'a.jpg'), lambda path: None, decode=True)


def test_an_image_that_opens_without_its_end_is_cut(tmp_path):
    """As with versions of OpenCV that fill the rest with grey."""
    (tmp_path / 'a.jpg').write_bytes(encode()[:1500])
    assert find_fault(str(tmp_path / 'a.jpg'), lambda path: 'opened') == 'it is cut off'


def test_errors_of_the_pipeline_itself_stay(tmp_path):
    (tmp_path / 'a.jpg').write_bytes(encode())
    with pytest.raises(ValueError, match='^crop$'):
        with naming_the_image(lambda: str(tmp_path / 'a.jpg')):
            raise ValueError('crop')
    with pytest.raises(AssertionError, match='^no path$'):
        with naming_the_image(lambda: None):
            raise AssertionError('no path')
    with pytest.raises(ValueError, match='^crop$'):  # a storage backend has read it
        with naming_the_image(lambda: 's3://bucket/a.jpg'):
            raise ValueError('crop')
    sent = pickle.loads(pickle.dumps(unreadable('a.jpg', 'it is empty')))
    assert isinstance(sent, ValueError) and type(sent)(str(sent)).args == sent.args
    (tmp_path / 'a.jpg').write_bytes(b'')
    with pytest.raises(ValueError, match=r"a.jpg' cannot be used: it is empty. Repair it"):
        with naming_the_image(lambda: str(tmp_path / 'a.jpg')):
            raise AssertionError
