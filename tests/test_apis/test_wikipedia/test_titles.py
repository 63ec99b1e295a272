"""From class names to titles."""

import pytest

from vlltr_mm.apis.wikipedia.titles import (
    is_latin,
    name_parts,
    normal_title,
    other_numbers,
    remark_titles,
    title_tiers,
)


@pytest.mark.parametrize(
    'text, title',
    [
        ('great_grey  owl', 'Great grey owl'),
        (' :Owl_', 'Owl'),
        ('cafe\u0301', 'Caf\u00e9'),
        ('a[b', ''),
        ('a#b', ''),
        ('', ''),
        ('x' * 256, ''),
        ('\ud800', ''),
    ],
)
def test_normal_titles(text, title):
    assert normal_title(text) == title


def test_a_list_of_names_is_tried_in_order():
    assert name_parts('great_grey owl, Strix nebulosa') == [
        'great grey owl, Strix nebulosa',
        'great grey owl',
        'Strix nebulosa',
    ]
    titles = [*title_tiers('great_grey owl, Strix nebulosa')['title']]
    assert titles == ['Great grey owl, Strix nebulosa', 'Great grey owl', 'Strix nebulosa']


def test_other_capitals():
    assert [*title_tiers('BALD eagle of the north')['case']] == [
        'Bald eagle of the north',
        'Bald Eagle of the North',
    ]
    assert [*title_tiers('cd')['case']] == ['CD']
    assert [*title_tiers('t-shirt')['case']] == ['T-Shirt']


@pytest.mark.parametrize(
    'word, others',
    [
        ('owls', ['owl']),
        ('owl', ['owls']),
        ('berries', ['berry', 'berrie']),
        ('berry', ['berries']),
        ('foxes', ['fox', 'foxe']),
        ('fox', ['foxes']),
        ('day', ['days']),
        ('mice', ['mouse']),
        ('dormouse', ['dormice']),
        ('snowmen', ['snowman']),
        ('human', ['humans']),
        ('wolves', ['wolf']),
        ('potatoes', ['potato', 'potatoe']),
        ('glass', ['glasses']),
        ('octopus', ['octopuses']),
        ('tennis', []),
        ('sheep', []),
        ('747', []),
    ],
)
def test_singular_and_plural(word, others):
    assert other_numbers(word) == others


def test_the_last_word_as_a_remark():
    assert remark_titles('crane bird, Grus') == ['Crane bird, (Grus)', 'Crane (bird)']
    assert remark_titles('crane (bird)') == []


def test_latin_names():
    assert is_latin('Strix nebulosa') and is_latin('Tinca tinca')
    assert not any(map(is_latin, ('Persian cat', 'great owl', 'Strix', 'French bulldog')))
