"""The sources of sentences and what they say about bad input."""

import pytest
from class_texts import write_wiki

from vlltr_mm.datasets import JsonDescriptions, PromptTemplates, WikiTexts
from vlltr_mm.datasets.corpus.gathering import gather_sentences

CLASSES = ('kit fox', 'crane', 'crane')
PROMPTS = PromptTemplates(['a {}.', 'the {}. It'])


def test_prompts_are_clips_and_never_split():
    own = PROMPTS.read(CLASSES).sentences
    assert own[0] == ['a kit fox.', 'the kit fox. It']
    default = PromptTemplates().read(['cat']).sentences[0]
    assert len(default) == 80 and default[0] == 'a bad photo of a cat.'
    braces = PromptTemplates(['{} {x}']).read(['a{}b']).sentences
    assert braces == [['a{}b {x}']]


@pytest.mark.parametrize('text', [None, b'', b'== A ==\n', b'\n == x'])
def test_class_without_wiki_text(tmp_path, text):
    root = write_wiki(tmp_path / 'w', {0: b'One.', 2: b'Two.'})
    if text is not None:
        write_wiki(tmp_path / 'w', {1: text})
    if text == b'\n == x':  # a heading begins the line
        assert gather_sentences(CLASSES, [WikiTexts(root)])[0][1] == ['== x']
        return
    with pytest.raises(ValueError, match=r"1 'crane'.*desc_1.txt.*Prompt"):
        gather_sentences(CLASSES, [WikiTexts(root)])
    sentences, warning = gather_sentences(CLASSES, [WikiTexts(root), PROMPTS])
    assert len(sentences[1]) == 2
    assert 'desc_1.txt' in warning and "'crane'" in warning
    assert '1 of 3 classes' in warning


def test_wiki_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="root '.*no'.*kit fox"):
        gather_sentences(CLASSES, [WikiTexts(str(tmp_path / 'no')), PROMPTS])
    root = write_wiki(tmp_path / 'w', {0: b'One.', 1: b'caf\xe9 x'})
    with pytest.raises(ValueError, match="desc_1.txt.*UTF.* class 1 'crane'"):
        gather_sentences(CLASSES, [WikiTexts(root), PROMPTS])
    with pytest.raises(ValueError, match="pattern is 'desc.txt'"):
        WikiTexts(root, pattern='desc.txt')
    with pytest.raises(ValueError, match="templates has .*'a photo'"):
        PromptTemplates(['a {}', 'a photo'])


@pytest.mark.parametrize(
    'templates', ['a {}.', ['a {}.', 3], [None], ['a {0}.'], [' '], [], 3, ['{}\0'], ['{}\ud800']]
)
def test_what_is_no_template(templates):
    with pytest.raises(ValueError, match=r"templates (is|has) .*'a photo of a \{\}\.'"):
        PromptTemplates(templates)


def test_what_is_no_path():
    for path in (None, '', 3, 'a\0b'):
        with pytest.raises(ValueError, match='path is'):
            JsonDescriptions(path)
        with pytest.raises(ValueError, match='root is'):
            WikiTexts(path)
    with pytest.raises(ValueError, match='pattern is'):
        WikiTexts('wiki', None)
