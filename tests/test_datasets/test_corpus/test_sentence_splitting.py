"""The splitting rule, against a loop over characters."""

import random
import string

import pytest

from vlltr_mm.datasets.corpus.sentence_splitting import article_text, split_sentences


def plain_split(text):
    pieces, start = [], 0
    for i, char in enumerate(text[:-1]):
        after = text[i + 1]
        if char not in '.?' or not (after.isspace() or 'A' <= after <= 'Z'):
            continue
        if char == '.':
            if i >= 3 and text[i - 2] == '.' and text[i - 1].isalpha() and text[i - 3].isalpha():
                continue
            if (
                i >= 1
                and 'A' <= text[i - 1] <= 'Z'
                and not (i >= 2 and (text[i - 2].isalnum() or text[i - 2] == '_'))
            ):
                continue
        pieces.append(text[start : i + 1])
        start = i + 1
    pieces.append(text[start:])
    return [p.strip() for p in pieces if p.strip()]


@pytest.mark.parametrize('seed', range(20))
def test_split_equals_plain_loop(seed):
    rng = random.Random(seed)
    text = ''.join(rng.choices('.?! \nAZaz3é', k=2000))
    assert split_sentences(text) == plain_split(text)


@pytest.mark.parametrize(
    'text,sentences',
    [
        ('One. Two? Three! Four', ['One.', 'Two?', 'Three! Four']),
        ('It is 3.5 long.', ['It is 3.5 long.']),
        ('It is 3 cm. 5 are.', ['It is 3 cm.', '5 are.']),
        ('Dr. Who', ['Dr.', 'Who']),
        ('In the U.S. It is', ['In the U.S. It is']),
        ('e.g. Cats', ['e.g. Cats']),
        ('J. R. Doe', ['J. R. Doe']),
        ('The USA. It is', ['The USA.', 'It is']),
        ('no stop\nnext line. End', ['no stop\nnext line.', 'End']),
        ('glued.Next one.next', ['glued.', 'Next one.next']),
        ('Wait... What', ['Wait...', 'What']),
        ('', []),
        (' \n ', []),
    ],
)
def test_split_by_hand(text, sentences):
    assert split_sentences(text) == sentences


def test_no_character_but_white_space_is_lost():
    text = ''.join(random.Random(1).choices(string.printable + 'äÖ', k=5000))
    joined = ''.join(split_sentences(text))
    assert ''.join(joined.split()) == ''.join(text.split())


ARTICLE = """Lead one.

  Lead two.
== History ==
Old history.
== References ==
A book.
=== Notes ===
A note.
==External links==
A link.
== History ==
New history.
= One sign = is text.
== See also ==
"""


def test_sections():
    assert article_text(ARTICLE.split('\n')) == (
        'Lead one.\nLead two.\nNew history.\n= One sign = is text.\nA note.'
    )


def test_an_empty_heading_does_not_replace_the_lead():
    assert article_text(['Lead.', '== ==', 'Body.']) == 'Lead.\nBody.'
