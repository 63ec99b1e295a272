"""Origins of sentences in the meta of files."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vlltr_mm.structures import AnchorSet, FeatureBank
from vlltr_mm.structures.sentence_origins import extend_origins, pack_origins, unpack_origins

NAMES = ['a', 'b', 'c', 'd']


@given(places=st.lists(st.integers(0, 3), max_size=12))
def test_round_trip(places):
    packed = pack_origins(NAMES, places)
    expected = [NAMES[place] for place in places]
    assert unpack_origins(packed, len(places), 'x') == expected
    assert sorted(packed['names']) == sorted(set(expected))
    longer = extend_origins(packed, 2, 'new')
    assert unpack_origins(longer, len(places) + 2, 'x') == [*expected, 'new', 'new']
    assert extend_origins(packed, 0, 'new')['runs'] == packed['runs']


@pytest.mark.parametrize(
    'packed,match',
    [
        ([], 'x, origins'),
        (dict(names=['a']), 'runs'),
        (dict(names='a', runs=[]), 'names is'),
        (dict(names=[3], runs=[[0, 3]]), r'names\[0\] is 3'),
        (dict(names=['a'], runs=[[1, 3]]), r'runs\[0\], its name'),
        (dict(names=['a'], runs=[[0, 10**12]]), r'runs\[0\]'),
        (dict(names=['a'], runs=[[0, 0]]), r'runs\[0\]'),
        (dict(names=['a'], runs=[[0]]), r'runs\[0\] has 1'),
        (dict(names=['a'], runs=[[0, 2]]), 'x has origins of 2 sentences, not 3'),
    ],
)
def test_what_is_refused(packed, match):
    with pytest.raises(ValueError, match=match):
        unpack_origins(packed, 3, 'x')


def test_a_bank_and_anchors_keep_them(tmp_path):
    feats, labels = torch.eye(3), torch.tensor([0, 0, 1])
    path = str(tmp_path / 'bank.safetensors')
    FeatureBank(feats, labels, dict(origins=pack_origins(NAMES, [3, 0, 0]))).save(path)
    assert FeatureBank.load(path).origins == FeatureBank.load(path).normalized().origins
    assert FeatureBank.load(path).origins == ['d', 'a', 'a']
    assert FeatureBank(feats, labels).origins is None
    mask = torch.tensor([[True, True], [True, False]])
    arrays = torch.ones(2, 2, 3), mask, torch.zeros(2, 2), torch.zeros(2, 2).long()
    anchors = AnchorSet(*arrays, 0.0, ['x', 'y'], packed_origins=pack_origins(NAMES, [1, 2, 2]))
    anchors.save(path)
    assert AnchorSet.load(path).origins == anchors.origins == [['b', 'c'], ['c']]
    AnchorSet(*arrays, 0.0, ['x', 'y'], packed_origins=pack_origins(NAMES, [1])).save(path)
    with pytest.raises(ValueError, match='bank.safetensors has origins of 1 sentences, not 3'):
        AnchorSet.load(path)
