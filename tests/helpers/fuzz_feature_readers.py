"""Readers of stored features."""

import io

import numpy as np
from feature_files import NAMES, feature_arrays
from fuzz_inputs import damaged_bytes
from fuzz_trials import Reader
from hypothesis import strategies as st

from vlltr_mm.apis.features import FeatureNames, import_features

_ARRAYS = feature_arrays(pool=2, test=1)
_NUMBERS = {key: value for key, value in _ARRAYS.items() if key != 'names'}
_NAMED = FeatureNames(classes='names.txt')


def _npz(arrays: dict) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


_WHOLE = _npz(_ARRAYS)
_CHANGES = (
    *(np.zeros(()), np.zeros((0, 8), np.float32), np.ones((6, 8), complex), np.ones(6, bool)),
    *(np.full((6, 8), np.nan), np.full((6, 8), 1e300), np.arange(6) - 1, np.arange(6) * 10**9),
    *(np.array(['\x00', 'b', '\ud800']), np.array(['heron'] * 6), np.array([b'\xff'] * 3)),
    *(np.zeros(6, 'datetime64[s]'), np.ones((3, 2, 8)), np.full(6, 2**64 - 1, np.uint64)),
    *(np.ones((6, 8), np.float16)[:, ::-1], np.arange(6)[:, None] % 3, np.zeros((6, 0))),
)


@st.composite
def _damaged_npz(draw):
    """An archive of other arrays, or with damaged bytes."""
    if draw(st.booleans()):
        return draw(damaged_bytes(_WHOLE))
    made = dict(_ARRAYS)
    for key in draw(st.lists(st.sampled_from(sorted(made)), min_size=1, max_size=2)):
        made[key] = draw(st.sampled_from(_CHANGES))
        if draw(st.integers(0, 5)) == 0:
            del made[key]
    return _npz(made)


def _prepare(folder):
    (folder / 'features.npz').write_bytes(_WHOLE)
    (folder / 'names.txt').write_text('\n'.join(NAMES))
    for key, value in _NUMBERS.items():
        (folder / f'{key}.npy').write_bytes(_npy(value))


def _known(value) -> bool:
    pool = value.splits['pool']
    return (
        value.classes == NAMES
        and np.array_equal(pool.feats.numpy(), _ARRAYS['pool_feats'])
        and pool.labels.tolist() == _ARRAYS['pool_labels'].tolist()
        and value.anchors.feats.shape == (3, 1, 8)
    )


def _odd(value, content) -> str | None:
    """Check what any feature set promises."""
    if any(not isinstance(name, str) or not name.strip() for name in value.classes):
        return 'odd names'
    for name, bank in (*value.splits.items(), ('text', value.text)):
        if bank is None:
            continue
        labels, feats = bank.labels.numpy(), bank.feats.numpy()
        if feats.dtype != np.float32 or not np.isfinite(feats).all():
            return f'odd features of {name}'
        if feats.shape != (len(labels), value.width) or not len(labels):
            return f'other shapes in {name}'
        if labels.min() < 0 or labels.max() >= len(value.classes):
            return f'odd labels of {name}'
        if name != 'test' and len(set(labels.tolist())) != len(value.classes):
            return f'a class without rows in {name}'
    return None


def _read(*files):
    def read(folder):
        named = FeatureNames(classes=str(folder / _NAMED.classes)) if len(files) > 1 else None
        return import_features([str(folder / file) for file in files], named)

    return read


FEATURE_READERS = [
    Reader(
        'features, .npz',
        _prepare,
        _read('features.npz'),
        _damaged_npz(),
        _known,
        _odd,
        'features.npz',
    ),
    Reader(
        'features, .npy',
        _prepare,
        _read(*(f'{key}.npy' for key in _NUMBERS)),
        st.one_of(
            damaged_bytes(_npy(_ARRAYS['pool_feats'])),
            st.sampled_from([_npy(array) for array in _CHANGES]),
        ),
        _known,
        _odd,
        'pool_feats.npy',
    ),
]
