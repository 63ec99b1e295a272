"""Sentences that say the same, against slow loops over their words."""

import random

import pytest

from vlltr_mm.apis.language_models.repeated import find_boilerplate, find_repeated, fingerprint


def slow_repeated(sentences, similarity):
    """|A ∩ B| / |A ∪ B| of each sentence with each that is kept before it."""
    found = []
    for index, sentence in enumerate(sentences):
        own, repeats = fingerprint(sentence), None
        for before in range(index):
            other = fingerprint(sentences[before])
            share = len([x for x in own if x in other]) / len(own | other)
            if repeats is None and found[before] is None and share >= similarity:
                repeats = before
        found.append(repeats)
    return found


@pytest.mark.parametrize('similarity', [0.1, 0.5, 0.8, 1])
def test_as_the_slow_loop(similarity):
    draw = random.Random(0)
    words = ['red', 'white', 'long', 'bill', 'head', 'legs', 'the', 'of', 'with']
    made = [' '.join(draw.choices(words, k=draw.randint(1, 7))) for _ in range(120)]
    assert find_repeated(made, similarity) == slow_repeated(made, similarity)
    assert any(place is not None for place in find_repeated(made, similarity))


def test_order_of_words_and_small_words():
    assert fingerprint('The bill is red, the red') == {
        'bill',
        'red',
        ('bill', 'red'),
        ('red', 'red'),
    }
    a, b = 'A red bill and a white head.', 'A white bill and a red head.'
    assert find_repeated([a, b, a.upper().replace('.', '!')], 1) == [None, None, 0]
    assert find_repeated(['It has it.', 'It is.', 'the']) == [None] * 3
    assert find_repeated([]) == []


def test_boilerplate_apart_from_the_name():
    texts = {
        'red_fox': ['A red fox is a living thing.', 'It is red.'],
        'owl': ['An owl is a living thing!', 'It is grey.'],
        'carp': ['A carp is a living thing.', 'It is grey', 'It is grey.'],
        'crane': ['The crane lifts.'],
    }
    assert find_boilerplate(texts) == [('a {} is a living thing', 3)]
    assert find_boilerplate(texts, 2) == [('a {} is a living thing', 3), ('it is grey', 2)]
