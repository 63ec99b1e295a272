"""What class names may be, and when two mean the same."""

import numpy as np
import pytest

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.datasets.corpus.class_names import check_class_names, comparable_name

PROMPTS = dict(type='PromptTemplates', templates=['a {}.'])


@pytest.mark.parametrize(
    'classes,match',
    [
        (None, 'classes is None'),
        ('fox', "classes is 'fox'"),
        (dict(fox=1, bee=0), 'classes is {'),
        ({'fox'}, 'classes is {'),
        (iter(['fox']), 'give the list'),
        ([], 'give the list'),
        (['fox', ''], "Class 1 has the name '', which is blank.*labels.txt"),
        (['fox', ' \u00a0'], 'Class 1 .*blank'),
        (['fox', '<end_of_text>'], 'Class 1 .*blank'),
        (['fox', None], 'Class 1 has the name None, no text'),
        ([0, 1], 'Class 0 has the name 0, no text'),
        ([['fox'], ['bee']], 'Class 0 .*no text'),
        (['fox', 'a\nb'], r"Class 1 .*with '\\n'"),
        (['fox\r'], 'Class 0'),
        (['a\tb'], 'Class 0'),
        (['\ufefffox'], r'Class 0 .*\\ufeff'),
        (['caf\ufffd'], 'Class 0'),
        (['fox', 'a\0'], r'Class 1 .*\\x00'),
        (['fox', '\ud800'], 'Class 1'),
        (['n', 'n', 'n', 'fox'], "4 classes have 2 different names; 3 are called 'n'"),
    ],
)
def test_no_names(tmp_path, classes, match):
    with pytest.raises(ValueError, match=match):
        TextCorpus(classes, [PROMPTS], cache_dir=str(tmp_path))
    with pytest.raises(ValueError, match=match if classes is not None else 'name the classes'):
        TextCorpus.cached_fingerprint(dict(sources=[PROMPTS]), classes)


def test_names(tmp_path):
    names = ['crane', 'crane', 'fox', 'café', "jack-o'-lantern", '3', 'طاووس', '孔雀', 'a  b']
    assert check_class_names(names) == tuple(names)
    assert check_class_names(np.array(names)) == tuple(names)
    assert len(TextCorpus(names, [PROMPTS], cache_dir=str(tmp_path))) == len(names)


def test_comparable_name():
    assert comparable_name(' desert_road-a/b ') == 'desert road a b'
    assert comparable_name('cafe\u0301') == 'caf\u00e9'
    assert comparable_name('Fox') != comparable_name('fox')


def test_clips_own_names_of_imagenet():
    names = check_class_names('imagenet')
    assert len(names) == 1000 and names[0] == 'tench' and names[999] == 'toilet paper'
    # The two that ImageNet calls "crane", in the order of their ids.
    assert (names[134], names[517]) == ('crane bird', 'construction crane')
