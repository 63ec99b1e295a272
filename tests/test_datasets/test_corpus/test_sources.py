"""The sources of sentences and what they say about bad input."""

import gzip
import json

import pytest

from vlltr_mm.datasets import JsonDescriptions, PromptTemplates, WikiTexts
from vlltr_mm.datasets.corpus.text_corpus import gather_sentences

CLASSES = ('kit fox', 'crane', 'crane')
PROMPTS = PromptTemplates(['a {}.', 'the {}. It'])


def write_json(path, content):
    opened = gzip.open if path.suffix == '.gz' else open
    with opened(path, 'wt', encoding='utf-8') as file:
        json.dump(content, file)
    return str(path)


def write_wiki(folder, texts):
    folder.mkdir(exist_ok=True)
    for index, text in texts.items():
        (folder / f'desc_{index}.txt').write_bytes(text)
    return str(folder)


def test_prompts_are_clips_and_never_split():
    own = PROMPTS.read(CLASSES).sentences
    assert own[0] == ['a kit fox.', 'the kit fox. It']
    default = PromptTemplates().read(['cat']).sentences[0]
    assert len(default) == 80 and default[0] == 'a bad photo of a cat.'
    braces = PromptTemplates(['{} {x}']).read(['a{}b']).sentences
    assert braces == [['a{}b {x}']]


def test_prompts_come_first_whatever_the_order(tmp_path):
    root = write_wiki(
        tmp_path / 'wiki',
        {0: b'\xef\xbb\xbfOne. Two.\r\n== A ==\r\nThree.', 1: b'Four', 2: b'Five.\nSix'},
    )
    path = write_json(tmp_path / 'a.json', {'kit_fox': [' Seven. Eight ', ''], 'crane': ['Nine']})
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


def test_json_gz_and_names(tmp_path):
    content = {'Kit-Fox': ['A'], 'crane': ['B']}
    plain = write_json(tmp_path / 'a.json', content)
    packed = write_json(tmp_path / 'a.json.gz', content)
    for path in (plain, packed):
        text = JsonDescriptions(path).read(CLASSES)
        assert text.sentences == [['A'], ['B'], ['B']]
        assert not text.faults and len(text.notes) == 1


def test_json_case_tells_classes_apart(tmp_path):
    path = write_json(tmp_path / 'a.json', {'cardigan': ['wool'], 'Ox': ['m']})
    text = JsonDescriptions(path).read(['Cardigan', 'cardigan', 'ox'])
    assert text.sentences == [[], ['wool'], ['m']]
    assert list(text.missing) == [0]


@pytest.mark.parametrize(
    'content',
    [
        [['A'], ['B'], ['C']],
        {'0': ['A'], '2': ['C'], '1': ['B']},
        {'fox': ['A'], 'crane bird': ['B'], 'crane machine': ['C']},
    ],
)
def test_json_by_index_tells_equal_names_apart(tmp_path, content):
    path = write_json(tmp_path / 'a.json', content)
    text = JsonDescriptions(path, by='index').read(CLASSES)
    assert text.sentences == [['A'], ['B'], ['C']]
    assert not text.notes


def test_json_unknown_and_missing_classes(tmp_path):
    path = write_json(tmp_path / 'a.json', {'kit fox': ['A'], 'crane': ['B'], 'unicorn': ['C']})
    with pytest.raises(ValueError, match="a.json .*'unicorn'.*PromptTemp"):
        gather_sentences(CLASSES, [JsonDescriptions(path)])
    sentences, warning = gather_sentences(CLASSES, [JsonDescriptions(path), PROMPTS])
    assert 'unicorn' in warning and sentences[0][-1] == 'A'
    path = write_json(tmp_path / 'b.json', {'crane': ['B']})
    with pytest.raises(ValueError, match="0 'kit fox' has no.*b.json"):
        gather_sentences(CLASSES, [JsonDescriptions(path)])
    _, warning = gather_sentences(CLASSES, [JsonDescriptions(path), PROMPTS])
    assert "'kit fox'" in warning and 'b.json' in warning


@pytest.mark.parametrize(
    'content,by,match',
    [
        ({'crane': 'B'}, 'name', "a.json, class 1 'crane': 'B' is no list"),
        ({'crane': ['B', 3]}, 'name', "class 1 'crane'.*list of strings"),
        ({'crane': ['\ud800']}, 'name', 'a.json.*surrogates'),
        ({'Kit_fox': [], 'Kit fox': []}, 'name', "'Kit_fox' and 'Kit fox'"),
        ([['A']], 'name', 'holds a list'),
        ({'3': ['A']}, 'index', 'an entry for class 3'),
        ({'fox': ['A']}, 'index', '1 named entries for 3 classes'),
        (3, 'name', 'holds a int'),
    ],
)
def test_bad_json(tmp_path, content, by, match):
    path = write_json(tmp_path / 'a.json', content)
    with pytest.raises(ValueError, match=match):
        JsonDescriptions(path, by=by).read(CLASSES)


def test_unreadable_json(tmp_path):
    for name, content in (
        ('a.json', b'{"a": ["\xff"]}'),
        ('b.json', b'{'),
        ('c.json.gz', b'no gzip'),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            JsonDescriptions(str(tmp_path / name)).read(CLASSES)
    with pytest.raises(FileNotFoundError, match='no.json'):
        JsonDescriptions(str(tmp_path / 'no.json')).read(CLASSES)
    with pytest.raises(ValueError, match="by is 'id'"):
        JsonDescriptions('a.json', by='id')
