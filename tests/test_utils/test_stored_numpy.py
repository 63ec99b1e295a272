"""NumPy's inert values are read; crafted ones are refused before NumPy sees them."""

import pickle

import numpy as np
import pytest
import torch
from refused_files import Call, refuse

from vlltr_mm import allow_types
from vlltr_mm.utils import checkpoint as checkpoint_module
from vlltr_mm.utils.checkpoint import load_checkpoint_file

CODES = '?bhilBHILefdgFDG'
GOOD = dict(
    [(f'scalar {code}', np.ones(1, code)[0]) for code in CODES]
    + [(f'array {code}', np.ones((2, 3), code)) for code in CODES]
    + [(f'big-endian {code}', np.ones(2, np.dtype(code).newbyteorder('>'))) for code in 'hdF'],
    text=np.str_('Köln'),
    no_text=np.str_(''),
    bytes=np.bytes_(b'abc'),
    names=np.array(['heron', 'lynx']),
    objects=np.array(['heron', 1, None, dict(a=2)], dtype=object),
    empty=np.zeros((0, 3)),
    number=np.array(3.0),
    columns=np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    day=np.datetime64('2020-02-29'),
    moments=np.array(['2020-01-01T00:00:01', 'NaT'], 'M8[25ns]'),
    time=np.timedelta64(3, 's'),
    dtype=np.dtype('float32'),
    dtypes=[np.dtype('>i4'), np.dtype('U7'), np.dtype('M8[ms]'), np.dtype('O')],
    key={np.int64(3): np.float32(1)},
)
F4 = np.dtype('f4')
STATE = (3, '<', None, None, None, -1, -1, 0)


class Built:
    """Pickled as a call and a state for what it returns."""

    def __init__(self, state, function, *args):
        self.reduced = function, args, state

    def __reduce__(self):
        return self.reduced


def dtype(*state, code='f4'):
    return Built(state, np.dtype, code, False, True)


def array(*state):
    return Built(state, np.zeros(0).__reduce__()[0], np.ndarray, (0,), b'b')


CRAFTED = dict(
    fields=dtype(3, '<', None, ('a',), dict(a=(F4, 2**40)), -1, -1, 0),
    subarray=dtype(3, '<', (F4, (2**40,)), None, None, -1, -1, 0),
    objects=dtype(3, '<', None, None, None, -1, -1, 63),
    size=dtype(3, '<', None, None, None, 2**40, 4, 8, code='U1'),
    alignment=dtype(3, '<', None, None, None, 4, 0, 8, code='U1'),
    negative=dtype(3, '|', None, None, None, -(2**31), 1, 0, code='S1'),
    short=dtype(3, '<'),
    no_version=dtype(None, '<', None, None, None, -1, -1, 0),
    order=dtype(3, 'x', None, None, None, -1, -1, 0),
    no_order=dtype(3, None, None, None, None, -1, -1, 0),
    tensors=dtype(3, '<', torch.ones(2), None, None, -1, -1, 0),
    no_tuple=Built([3], np.dtype, 'f4', False, True),
    date=dtype(4, '<', None, None, None, -1, -1, 0, (None, (b'ns', 0, 0, 0)), code='M8'),
    unit=dtype(4, '<', None, None, None, -1, -1, 0, (None, (b'xx', 1, 1, 1)), code='M8'),
    no_unit=dtype(4, '<', None, None, None, -1, -1, 0, 7, code='M8'),
    records=np.zeros(2, [('a', 'i4'), ('b', 'O')]),
    void=np.void(b'abc'),
    code=Call(np.dtype, 'f4,O'),
    code_list=Call(np.dtype, [('a', 'O')]),
    code_wide=Call(np.dtype, 'U99999999999'),
    long_array=array(1, (2**40,), F4, False, b'abcd'),
    many_axes=array(1, (1,) * 99, F4, False, b'abcd'),
    negative_shape=array(1, (-1,), F4, False, b'abcd'),
    short_array=array(1, (2,), F4, False, b'abcd'),
    object_bytes=array(1, (1,), np.dtype('O'), False, b'abcdefgh'),
    number_list=array(1, (1,), F4, False, [1.0]),
    no_dtype=array(1, (1,), 'f4', False, b'abcd'),
    unfinished_dtype=array(1, (1,), Call(np.dtype, 'M8'), False, b'abcdefgh'),
    no_array=Built((1, (1,), F4, False, b'abcd'), np.ndarray, (2**50,)),
    other_kind=Call(np.zeros(0).__reduce__()[0], torch.Tensor, (0,), b'b'),
    scalar=Call(np.float64(0).__reduce__()[0], F4, b'abcdefgh'),
    object_scalar=Call(np.float64(0).__reduce__()[0], np.dtype('O'), [1]),
    bytes=Call(bytes, 2**40),
)


@pytest.mark.parametrize('zipped', [True, False])
def test_inert_values_are_read(tmp_path, zipped):
    torch.save(GOOD, tmp_path / 'a.pth', _use_new_zipfile_serialization=zipped)
    loaded = load_checkpoint_file(str(tmp_path / 'a.pth'))
    assert list(loaded) == list(GOOD)
    for name, value in pickle.loads(pickle.dumps(GOOD, 2)).items():
        assert type(loaded[name]) is type(value), name
        assert repr(loaded[name]) == repr(value), name
        if isinstance(value, (np.ndarray, np.generic)):
            assert loaded[name].dtype == value.dtype and loaded[name].shape == value.shape, name


@pytest.mark.parametrize('name', CRAFTED)
def test_crafted_values_are_refused(tmp_path, name):
    torch.save(dict(first=F4, bad=CRAFTED[name]), tmp_path / 'a.pth')
    refuse(tmp_path / 'a.pth', 'it holds .*(numpy|NumPy|bytes).*let metrics and hooks give plain')


def test_a_state_is_given_once(tmp_path):
    again = pickle.dumps(STATE, 2)[2:-1]  # without protocol and end
    content = pickle.dumps(F4, 2)[:-1] + again + b'b.'
    assert pickle.loads(content) == F4
    (tmp_path / 'a.pth').write_bytes(content)
    refuse(tmp_path / 'a.pth', r"a state of numpy.dtype \(3, '<'")


class Held:
    """Somebody's class that looks at its arrays when it is read."""

    def __setstate__(self, state):
        self.total = float(state['values'].sum())


def test_allowed_types_get_real_arrays(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_module, '_allowed', [])
    held = Held()
    held.values = np.arange(4.0)
    torch.save(held, tmp_path / 'a.pth')
    allow_types(Held)
    assert load_checkpoint_file(str(tmp_path / 'a.pth')).total == 6
