"""All sources together, those of one's own among them."""

import unicodedata

import pytest
from class_texts import NAMES, assert_refused, write_json, write_wiki
from hypothesis import given
from hypothesis import strategies as st

from vlltr_mm.datasets import CorpusSource, JsonDescriptions, PromptTemplates, SourceText, WikiTexts
from vlltr_mm.datasets.corpus.gathering import (
    gather_sentences,
    gather_text,
    sentence_key,
    without_repeats,
)

CLASSES = ('kit fox', 'crane', 'crane')
PROMPTS = PromptTemplates(['a {}.', 'the {}. It'])
NO_SOURCE = dict(type='RandomSelector', num_anchors=2)


def test_prompts_come_first_whatever_the_order(tmp_path):
    root = write_wiki(
        tmp_path / 'wiki',
        {0: b'\xef\xbb\xbfOne. Two.\r\n== A ==\r\nThree.', 1: b'Four', 2: b'Five.\nSix'},
    )
    path = write_json(tmp_path, {'kit_fox': [' Seven. Eight ', ''], 'crane': ['Nine']})
    sentences, warning = gather_sentences(
        CLASSES, [WikiTexts(root), JsonDescriptions(path), PROMPTS]
    )
    assert sentences[0] == [
        'a kit fox.',
        'the kit fox. It',
        'One.',
        'Two.',
        'Three.',
        'Seven. Eight',
    ]
    assert sentences[2][2:] == ['Five.', 'Six', 'Nine']
    assert "share a name, ['crane']" in warning


def test_the_origin_of_each_sentence(tmp_path):
    root = write_wiki(tmp_path / 'wiki', {0: 'One. Two.', 2: 'Five.'})
    path = write_json(tmp_path, {'kit_fox': ['Seven.', ' ', 'Eight.'], 'crane': ['Nine']})

    class Own(CorpusSource):
        def read(self, classes):
            texts = [['A.', '', 'B.'], [], ['C.']]
            return SourceText(texts, origin_names=['x', 'y'], origins=[[1, 0, 0], [], [1]])

    class Plain(CorpusSource):
        def read(self, classes):
            return SourceText([['D.'], [], []], origin='a table')

    sources = [WikiTexts(root), JsonDescriptions(path), Own(), Plain(), PROMPTS, WikiTexts(root)]
    text = gather_text(CLASSES, sources)
    named = [
        [(s, text.origin_names[i]) for s, i in zip(*own)]
        for own in zip(text.sentences, text.origins)
    ]
    prompts, json_file = "PromptTemplates: 'a {}.' and 1 more", f'JsonDescriptions: {path}'
    article = f'WikiTexts: {root / "desc_0.txt"}'
    assert named[0] == [
        ('a kit fox.', prompts),
        ('the kit fox. It', prompts),
        ('One.', article),
        ('Two.', article),
        ('Seven.', json_file),
        ('Eight.', json_file),
        ('A.', 'y'),
        ('B.', 'x'),
        ('D.', 'Plain: a table'),
        ('One.', article),
        ('Two.', article),
    ]
    assert [origin for _, origin in named[1]] == [prompts] * 2 + [json_file]
    assert len(text.origin_names) == len(set(text.origin_names))


def _plain_key(sentence):
    """Normalise white space, case and end mark, letter by letter."""
    words, word = [], ''
    for letter in unicodedata.normalize('NFC', sentence) + ' ':
        if letter.isspace():
            words += [word] * (word != '')
            word = ''
        else:
            word += letter.casefold()
    key = ' '.join(words)
    while key and key[-1] in ' .!?\u2026':
        key = key[:-1]
    return key or ' '.join(words)


TEXTS = st.text('aA\xe9\xdf .!?', max_size=4)


@given(classes=st.lists(st.lists(TEXTS, max_size=8), min_size=1, max_size=3))
def test_repeated_sentences_by_a_plain_loop(classes):
    origins = [list(range(len(own))) for own in classes]
    text = without_repeats(SourceText(classes, origins=origins))
    expected, places = [], []
    for own in classes:
        kept = [
            i
            for i in range(len(own))
            if not any(_plain_key(own[i]) == _plain_key(own[j]) for j in range(i))
        ]
        expected.append([own[i] for i in kept])
        places.append(kept)
    assert (text.sentences, text.origins) == (expected, places)
    assert text.num_dropped == sum(map(len, classes)) - sum(map(len, expected))
    assert [sentence_key(s) for own in classes for s in own] == [
        _plain_key(s) for own in classes for s in own
    ]


def test_the_first_of_repeated_sentences_stays(tmp_path):
    root = write_wiki(tmp_path / 'wiki', {0: 'A  crane. It flies.', 1: 'It flies.', 2: 'Wet.'})
    path = write_json(
        tmp_path, {'crane': ['it flies', 'It eats frogs!', 'A CRANE?'], 'sea': ['Wet']}
    )
    sources = [JsonDescriptions(path), WikiTexts(root), PromptTemplates(['a {}', '{}'])]
    names = ['crane', 'heron', 'sea']
    plain = gather_text(names, sources)
    text = gather_text(names, sources, drop_repeated=True)
    assert plain.num_dropped == 0 and text.num_dropped == 4
    assert text.sentences == [
        ['a crane', 'crane', 'it flies', 'It eats frogs!'],
        ['a heron', 'heron', 'It flies.'],  # as of another class
        ['a sea', 'sea', 'Wet'],
    ]
    assert [text.origin_names[i].split(':')[0] for i in text.origins[0]] == [
        'PromptTemplates',
        'PromptTemplates',
        'JsonDescriptions',
        'JsonDescriptions',
    ]


def _with_origins(names, origins):
    return SourceText([['A.'], ['B.'], ['C.']], origin_names=names, origins=origins)


@pytest.mark.parametrize(
    'returned,match',
    [
        ([['A.']], 'must return a SourceText'),
        (SourceText([['A.']]), 'for each of 3 classes'),
        (SourceText([['A.'], [3], ['B.']]), "Own, class 1 'bear': 3 is no text"),
        (SourceText([['A.'], ['\ud800'], ['B.']]), "Own, class 1 'bear'"),
        (SourceText([['A.'], ['x\0y'], ['B.']]), "Own, class 1 'bear'"),
        (SourceText([[], [], ['']]), 'Own has no sentence for any'),
        (SourceText([['A.'], ['B.'], ['C.']], faults=['Own is of last year']), 'of last year.'),
        (_with_origins(['x'], [[0], [0]]), 'Own.read returned origins.*leave origins out'),
        (_with_origins(['x'], [[0], [0], [0, 0]]), 'Own.read returned origins'),
        (_with_origins(['x'], [[0], [0], [1]]), 'no position in its 1 origin_names'),
        (_with_origins(['x'], [[0], [0], [-1]]), 'no position in its 1 origin_names'),
        (_with_origins([3], [[0], [0], [0]]), 'Own.read returned the origin 3, no text'),
    ],
)
def test_a_source_of_ones_own_is_judged_alike(returned, match):
    class Own(CorpusSource):
        def read(self, classes):
            return returned

    assert_refused(Own(), match, NAMES[:3])


@pytest.mark.parametrize(
    'sources', ['PromptTemplates', ['PromptTemplates'], [None], [NO_SOURCE], None, 3]
)
def test_what_is_no_source(sources):
    with pytest.raises(ValueError, match=r'sources(\[0\])? is'):
        gather_text(NAMES, sources)
