"""CLIP ids, against open_clip's own tokenizer."""

import numpy as np
import open_clip
import pytest

from vlltr_mm.datasets.corpus.clip_tokens import (
    count_tokens,
    encode_texts,
    imagenet_templates,
    is_blank,
)

TEXTS = [
    'A photo of a cat.',
    '',
    '  two   spaces\tand\n\nlines ',
    'U.S.A. 3.5 cm',
    'caf\u00e9 na\u00efve \u201ccurly\u201d \u2013 dash',
    'A&amp;B &lt; C',
    'mojibake: caf\u00c3\u00a9',
    'emoji \U0001f600 \u4e2d\u6587',
    'word ' * 100,
    "it's they've I'M",
    'x' * 300,
    'control\x00\x1bchar',
]


def plain_ids(text):
    padded = open_clip.tokenize(text)[0]
    return padded[: int(padded.argmax()) + 1].tolist()


def ragged(texts):
    ids, lengths = encode_texts(texts)
    assert ids.dtype == np.uint16 and lengths.dtype == np.int64
    ends = lengths.cumsum()
    return [ids[e - n : e].tolist() for e, n in zip(ends, lengths)]


@pytest.mark.parametrize('text', TEXTS)
def test_ids_equal_open_clip(text):
    assert ragged([text]) == [plain_ids(text)]


def test_batch_equals_single_texts():
    assert ragged(TEXTS) == [ragged([text])[0] for text in TEXTS]
    assert ragged([]) == []


def test_long_text_keeps_first_75_ids_and_the_end():
    (long,) = ragged(['a ' * 200])
    assert long == [49406] + [320] * 75 + [49407]
    (exact,) = ragged(['a ' * 75])
    assert exact == long


@pytest.mark.parametrize(
    'word',
    [
        ''.join(map(chr, np.random.default_rng(0).integers(97, 123, 3100))),
        'ab' * 2000,
        '-' * 4000,
        '\u5b54\u96c0' * 2000,
    ],
)
def test_a_word_without_end_is_read_in_part(word):
    assert ragged([word]) == [plain_ids(word)]


@pytest.mark.parametrize('piece', ['a', 'qz', 'word ', '\u00e9 ', '&amp; ', '7'])
def test_a_long_text_takes_no_minute(piece):
    text = piece * (2**18 // len(piece.encode()))
    (ids,) = ragged([text])
    assert len(ids) == 77 and count_tokens([text]) > 77


def test_what_is_blank():
    for text in ('', ' \n', '&nbsp;', '\u2028', '<end_of_text>', '&lt;START_of_text&gt; '):
        assert is_blank(text) and ragged([text]) == [[49406, 49407]], text
    for text in ('a', '7', '...', '\u4e2d', '&', '<', '_'):
        assert not is_blank(text) and len(ragged([text])[0]) > 2, text


@pytest.mark.parametrize(
    'special',
    [
        '<end_of_text>',
        '<start_of_text>',
        '<END_of_Text>',
        '&lt;end_of_text&gt;',
        '<end_<end_of_text>of_text>',
    ],
)
def test_literal_special_tokens_do_not_end_the_sentence(special):
    (ids,) = ragged([f'a cat {special} on a mat'])
    assert ids.count(49407) == 1 and ids[-1] == 49407
    assert ids.count(49406) == 1 and ids[0] == 49406
    if 'end_<' not in special:
        assert ids == plain_ids('a cat on a mat')


def test_templates_are_clips():
    templates = imagenet_templates()
    assert len(templates) == 80
    assert [t.replace('{}', 'cat') for t in templates] == [
        fill('cat') for fill in open_clip.OPENAI_IMAGENET_TEMPLATES
    ]
