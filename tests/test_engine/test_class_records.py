"""Class records of checkpoints, as we and as the host write them."""

import numpy as np
import pytest

from vlltr_mm.engine.class_records import record_of_checkpoint
from vlltr_mm.structures import ClassRecord

OURS = ClassRecord(('a', 'b'), (3, 1))


def read(**meta):
    return record_of_checkpoint(dict(meta=meta, state_dict={}), 'some.pth')


def test_our_record_goes_before_the_metainfo_of_the_host():
    assert read(class_record=OURS.to_meta(), dataset_meta=dict(classes=['x'])) == OURS
    with pytest.raises(ValueError, match="some.pth, record has no 'classes'"):
        read(class_record=dict(version=1))


@pytest.mark.parametrize('counts', [(3, 1), [3, 1], np.array([3, 1])])
def test_metainfo_of_the_host(counts):
    assert read(dataset_meta=dict(classes=['a', 'b'], class_counts=counts)) == OURS
    assert read(dataset_meta=dict(classes=(0, 1))) == ClassRecord(('0', '1'))


@pytest.mark.parametrize(
    'meta', [{}, dict(dataset_meta=None), dict(dataset_meta=dict(classes='ab'))]
)
def test_nothing_is_known(meta):
    assert read(**meta) is None
    assert record_of_checkpoint(dict(weight=1), 'some.pth') is None


@pytest.mark.parametrize('counts', ['x', [None, 2], [1.5, 2], [-1, 2], [1]])
def test_odd_counts_are_named(counts):
    with pytest.raises(ValueError, match='some.pth, record.class_counts'):
        read(dataset_meta=dict(classes=['a', 'b'], class_counts=counts))
