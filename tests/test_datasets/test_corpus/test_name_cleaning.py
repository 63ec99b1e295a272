"""What the text tower reads in place of the names of folders and labels."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlltr_mm.datasets.corpus.name_cleaning import clean_class_names, describe_cleaning


@pytest.mark.parametrize(
    'raw,used',
    [
        (['snow_leopard', '  Red__fox ', 'T-shirt\t'], ['snow leopard', 'Red fox', 'T-shirt']),
        (['cafe\u0301', 'sea'], ['caf\xe9', 'sea']),
        (['n01440764-tench', 'n02085620-Shih-Tzu'], ['tench', 'Shih-Tzu']),
        (['n01440764'], ['n01440764']),  # nothing would be left
        (['n02.red-fox', 'n14.arctic-fox'], ['red-fox', 'arctic-fox']),
        (['001.Black_footed_Albatross', '002.Laysan'], ['Black footed Albatross', 'Laysan']),
        (['123.Palm_Warbler', '150.Sage_Thrasher'], ['Palm Warbler', 'Sage Thrasher']),
        (['0_cat', '1_dog', '2_sea'], ['cat', 'dog', 'sea']),
        (['1 - cat', '3 - dog', '2 - sea'], ['cat', 'dog', 'sea']),
        (['cat_n01440764', 'dog_n01440765'], ['cat', 'dog']),
        (['cat_001', 'dog_002'], ['cat', 'dog']),
        (['c0_cat', 'c1_dog', 'c10_sea'], ['c0 cat', 'c1 dog', 'c10 sea']),
        # one class without an id, as in a mixture of data sets
        (['001.Albatross', '002.Warbler', 'crane'], ['001.Albatross', '002.Warbler', 'crane']),
        # numbers that are words, or tell classes apart
        (['1_euro', '2_pound'], ['1 euro', '2 pound']),
        (['1_wheel', '2_wheel', '3_wheel'], ['1 wheel', '2 wheel', '3 wheel']),
        (['boeing_737', 'boeing_747'], ['boeing 737', 'boeing 747']),
        (['Audi S4 2012', 'Audi S4 2007', 'BMW X5 2007'],) * 2,
        (['formula 1', 'model 3', 'route 2'],) * 2,
        (['001_a', '001_b'], ['001 a', '001 b']),
        (['name_n00000001', 'name_n00000002'], ['name n00000001', 'name n00000002']),
        (['01_02', '02_03'], ['01 02', '02 03']),
        (['CamelCase', 'camelcase'], ['CamelCase', 'camelcase']),
        (['crane', 'crane', 'sea'], ['crane', 'crane', 'sea']),
        ([], []),
    ],
)
def test_names_as_they_are_read(raw, used):
    assert clean_class_names(raw) == used
    assert clean_class_names(tuple(raw)) == used


@pytest.mark.parametrize(
    'raw,match',
    [
        (['red_fox', 'sea', 'red fox'], "Class 0 'red_fox' and class 2 'red fox' .* as 'red fox'"),
        (['cafe\u0301', 'caf\xe9'], 'would both be read'),
        (
            ['n02012849-crane', 'n03126707-crane', 'n01440764-tench'],
            "'n02012849-crane' and class 1 'n03126707-crane' .*'crane'; rename",
        ),
        (['fox', '___'], "Nothing is left of '___', the name of class 1"),
        (['fox', ''], 'name of class 1'),
        (['fox', 3], 'name of class 1'),
        ('fox', 'classes is'),
    ],
)
def test_names_that_are_refused(raw, match):
    with pytest.raises(ValueError, match=match):
        clean_class_names(raw)


_NAMES = st.lists(
    st.text('ab01_- .', min_size=1, max_size=7).filter(lambda name: name.strip('_ ')),
    min_size=1,
    max_size=5,
)


@given(raw=_NAMES, seed=st.integers(0, 99))
def test_no_two_classes_become_one_in_any_order(raw, seed):
    try:
        used = clean_class_names(raw)
    except ValueError as error:
        both = re.findall(r"class \d+ '(.*?)'", str(error), re.IGNORECASE)
        assert len(both) == 2 and set(both) <= set(raw) and both[0] != both[1]
        return
    assert [a == b for a in raw for b in raw] == [a == b for a in used for b in used]
    assert not any('_' in name or name != ' '.join(name.split()) for name in used)
    order = random.Random(seed).sample(range(len(raw)), len(raw))
    assert clean_class_names([raw[i] for i in order]) == [used[i] for i in order]


def test_what_is_said_of_changed_names():
    assert describe_cleaning(['fox', 'sea'], ['fox', 'sea']) is None
    said = describe_cleaning(['fox', 'snow_leopard', 'a_b'], ['fox', 'snow leopard', 'a b'])
    assert said == "'snow_leopard' is read as 'snow leopard'; 2 of 3 class names such"


def test_names_of_any_length_take_no_time():
    clean_class_names(['_-' * 50_000 + 'a', '1' * 50_000 + '_.' * 50_000 + 'b'])
