"""The record of what something was made for, and its comparison."""

import pytest
import torch

from vlltr_mm.structures import ClassRecord
from vlltr_mm.structures.packed_json import pack_json, unpack_json

NAMES = ('cat', 'crane', 'crane', 'dog', 'élan')


def compare(there, here, counts=(None, None)):
    made = ClassRecord(there, counts[0])
    return made.check_classes(ClassRecord(here, counts[1]), 'anchors.st', 'train.txt')


def test_the_same_classes_fit():
    assert compare(NAMES, NAMES) == []
    assert compare(NAMES, NAMES, counts=([5, 4, 3, 2, 1], None)) == []
    # The same name in Unicode's other form.
    assert compare(NAMES, (*NAMES[:4], 'e\u0301lan')) == []


def test_another_order_is_refused_with_the_first_classes():
    with pytest.raises(ValueError, match=r"another order: 0 is 'cat' there, 'élan' here; 1 is "):
        compare(NAMES, NAMES[::-1])
    with pytest.raises(ValueError, match='60 differ. Bring the files together that belong'):
        compare([str(i) for i in range(60)], [str(59 - i) for i in range(60)])
    # Two classes changed places, a third was renamed.
    with pytest.raises(ValueError, match="0 is 'a' there, 'b' here; 1 is 'b' there, 'a' here"):
        compare('abcd', ('b', 'a', 'c', 'e'))


def test_another_number_is_refused_with_the_classes_of_one_side():
    with pytest.raises(ValueError, match=r"of 5 classes, train.txt of 4 \(only there: 3 'dog'\)"):
        compare(NAMES, ('cat', 'crane', 'crane', 'élan'))
    with pytest.raises(ValueError, match=r'of 1 classes, train.txt of 2 \(only here: 1 .b.\)'):
        compare('a', 'ab')
    with pytest.raises(ValueError, match=r'of 2 classes, train.txt of 1\. Bring'):
        compare('aa', 'a')


def test_other_names_and_counts_are_said():
    (said,) = compare(NAMES, ('cat', 'crane', 'crane bird', 'dog', 'élan'))
    assert said.endswith("name classes differently: 2 is 'crane' there, 'crane bird' here")
    (said,) = compare('ab', 'ab', counts=([3, 2], [3, 9]))
    assert "class 1 'b' has 2 there, 9 here; 1 of 2 classes differ" in said


def test_round_trip_and_versions():
    record = ClassRecord(NAMES, [5, 4, 3, 2, 1], 'text', 'tower', 4.5)
    assert ClassRecord.from_meta(record.to_meta(), 'file') == record
    assert ClassRecord.from_meta(dict(version=1, classes=['a']), 'file') == ClassRecord(['a'])
    with pytest.raises(ValueError, match='file has a class record of version 9'):
        ClassRecord.from_meta(dict(version=9, classes=['a']), 'file')


@pytest.mark.parametrize(
    'meta, match',
    [
        ([], 'file, record is'),
        (dict(version=1), "file, record has no 'classes'"),
        (dict(version=1, classes=[3]), r'file, record.classes\[0\] is 3'),
        (
            dict(version=1, classes=['a'], class_counts=[1, 2]),
            'file, record.class_counts has 2 entries',
        ),
        (dict(version=1, classes=['a'], class_counts=[-1]), r'class_counts\[0\] is -1'),
        (dict(version=1, classes=['a'], logit_scale=float('nan')), 'logit_scale is nan'),
        (dict(version=1, classes=['a'], tower=7), 'record.tower is 7'),
    ],
)
def test_odd_records_are_refused(meta, match):
    with pytest.raises(ValueError, match=match):
        ClassRecord.from_meta(meta, 'file')


def test_packed_json():
    value = [['ä photo.', ''], []]
    packed = pack_json(value)
    assert packed.dtype == torch.uint8 and unpack_json(packed, 'file') == value
    for odd in (packed[:-3], packed + 1, packed.float(), packed[None], pack_json('x')[:0]):
        with pytest.raises(ValueError, match='file holds no packed JSON'):
            unpack_json(odd, 'file')
