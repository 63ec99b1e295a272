"""Class names in texts, beside a search for each name alone."""

import random
import re

import pytest

from vlltr_mm.datasets.corpus.naming import NameFinder, named_others, word_forms

CLASSES = [
    'fox',
    'tiger',
    'tiger shark',
    'gas mask or respirator',
    'mask',
    'timber wolf, grey wolf',
    'child',
    'Corgis',
    'glass',
    'crane',
    'crane',
    'café',
    'bus stop',
    'fireman',
]
WORDS = re.findall(
    r'\S+',
    """foxes Tiger tiger sharks gas masks mask wolves grey timber children corgi glasses glass
    cranes cafés cafe\u0301 bus stop stops firemen firefox the and or fox-like mask. (crane)""",
)


def slow_places(classes, text, forms):
    """Look for every name at every word, one by one; (start, length, label)."""
    words = re.findall(r'[^\W_]+', text.replace('e\u0301', 'é').lower())
    found = set()
    for label, name in enumerate(classes):
        parts = re.split(',| or ', name) if forms else name.split(',')
        for part in parts:
            own = re.findall(r'[^\W_]+', part.lower())
            for start in range(len(words) - len(own) + 1):
                here = words[start : start + len(own)]
                last = here[-1] == own[-1]
                if forms:
                    last = bool(set(word_forms(here[-1])) & set(word_forms(own[-1])))
                if last and here[:-1] == own[:-1]:
                    found.add((start, len(own), label))
    return found


def slow_named(classes, text):
    places = slow_places(classes, text, forms=True)
    named = set()
    for start, length, label in places:
        inside = [
            p for p in places if p[1] > length and p[0] <= start and p[0] + p[1] >= start + length
        ]
        if not inside:
            named.add(label)
    return named


def random_texts(number, seed=0):
    rng = random.Random(seed)
    return [' '.join(rng.choices(WORDS, k=rng.randint(0, 9))) for _ in range(number)]


@pytest.mark.parametrize('loose', [False, True])
def test_every_name_is_found_where_it_stands(loose):
    finder = NameFinder(CLASSES, loose)
    for text in random_texts(400):
        assert finder.places(text) == sorted(slow_places(CLASSES, text, loose)), text


def test_sentences_that_name_another_class():
    texts = random_texts(len(CLASSES) * 30, seed=1)
    sentences = [texts[label :: len(CLASSES)] for label in range(len(CLASSES))]
    found = named_others(sentences, CLASSES)
    wanted = []
    for label, own in enumerate(sentences):
        named = {place: slow_named(CLASSES, text) for place, text in enumerate(own)}
        wanted.append({p: tuple(sorted(n)) for p, n in named.items() if n and label not in n})
    assert found == wanted
    assert sum(map(len, found)) > 200


@pytest.mark.parametrize(
    ('text', 'names'),
    [
        ('A fox hunts.', {'fox'}),
        ('FOXES hunt.', {'fox'}),
        ('A firefox, a foxglove.', set()),
        ('A tiger shark is no tiger.', {'tiger shark', 'tiger'}),
        ('A tiger shark swims.', {'tiger shark'}),
        ('A respirator has a filter.', {'gas mask or respirator'}),
        ('Gas masks have filters.', {'gas mask or respirator'}),
        ('Timber wolves and children.', {'timber wolf, grey wolf', 'child'}),
        ('One corgi, two glasses.', {'Corgis', 'glass'}),
        ("The cafe\u0301's cranes.", {'café', 'crane'}),
        ('The bus will stop.', set()),
        ('', set()),
    ],
)
def test_literals(text, names):
    assert {CLASSES[label] for label in NameFinder(CLASSES, loose=True).named(text)} == names


@pytest.mark.parametrize(
    'pair',
    ['cats cat', 'boxes box', 'ponies pony', 'wolves wolf', 'knives knife', 'firemen fireman',
     'mice mouse', 'geese goose', 'corgis corgi', 'buses bus'],
)  # fmt: skip
def test_plurals(pair):
    plural, single = pair.split()
    assert single in word_forms(plural) and word_forms(single)[0] == single


def test_a_name_of_no_letter_is_never_found():
    assert NameFinder(['!!', '#, fox', 'ox'], loose=True).named('!! # fox') == {1}


def test_as_many_steps_whatever_the_number_of_classes():
    """Each word is looked up; names that do not begin with it are not gone through."""
    few, many = (NameFinder([f'name{i}' for i in range(n)], loose=True) for n in (10, 10_000))

    class Counting(dict):
        times = 0

        def get(self, *args):
            Counting.times += 1
            return super().get(*args)

    steps = []
    for finder in (few, many):
        finder._owners, Counting.times = Counting(finder._owners), 0
        assert finder.named('one name3 and two') == {3}
        steps.append(Counting.times)
    assert steps[0] == steps[1] <= 3
