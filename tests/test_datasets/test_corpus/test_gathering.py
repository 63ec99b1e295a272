"""All sources together, those of one's own among them."""

import pytest
from class_texts import NAMES, assert_refused, write_json, write_wiki

from vlltr_mm.datasets import CorpusSource, JsonDescriptions, PromptTemplates, SourceText, WikiTexts
from vlltr_mm.datasets.corpus.gathering import gather_sentences, gather_text

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
