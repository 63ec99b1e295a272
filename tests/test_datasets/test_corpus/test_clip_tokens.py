"""CLIP ids, against open_clip's own tokenizer."""

import numpy as np
import open_clip
import pytest

from vlltr_mm.datasets.corpus.clip_tokens import encode_texts, imagenet_templates

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
