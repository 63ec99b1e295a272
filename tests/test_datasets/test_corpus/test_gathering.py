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
