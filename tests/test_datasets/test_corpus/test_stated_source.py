"""What converters say of the source of their texts goes into the origin of sentences."""

import json

import pytest
from class_texts import PROMPTS, write_json, write_wiki

from vlltr_mm.datasets import JsonDescriptions, TextCorpus, WikiTexts

NAMES = ['crane', 'sea']
WIKI = dict(source=dict(kind='MediaWiki XML dump', site='Wikipedia'), classes=[])


def origin(source):
    return source.read(NAMES).origin_names[0]


def test_the_wiki_of_articles(tmp_path):
    root = write_wiki(tmp_path / 'wiki', {0: 'It flies.', 1: 'Wet.'})
    before = WikiTexts(root).identity(NAMES)
    assert origin(WikiTexts(root)) == f'WikiTexts: {root / "desc_0.txt"}'
    (root / 'sources.json').write_text(json.dumps(WIKI))
    named = f'WikiTexts (Wikipedia, MediaWiki XML dump): {root / "desc_0.txt"}'
    assert origin(WikiTexts(root)) == named
    assert WikiTexts(root).identity(NAMES) != before
    corpus = TextCorpus(NAMES, [PROMPTS, WikiTexts(root)], cache_dir=str(tmp_path / 'cache'))
    assert corpus.origin(1) == named
    (root / 'sources.json').unlink()
    again = TextCorpus(NAMES, [PROMPTS, WikiTexts(root)], cache_dir=str(tmp_path / 'cache'))
    assert again.origin(1) == f'WikiTexts: {root / "desc_0.txt"}'
    assert again.fingerprint == corpus.fingerprint


@pytest.mark.parametrize(
    'stated, refused',
    [
        ([(0, 'sea'), (1, 'crane')], True),
        ([(1, 'crane')], True),
        ([(0, 'crane'), (1, 'sea'), (2, 'crane')], False),
        ([(0, 'crane bird'), (1, 'sea')], False),  # renamed since
        ([(True, 3), ('0', 'sea'), (-1, 'crane')], False),
    ],
)
def test_articles_of_another_order_of_classes(tmp_path, stated, refused):
    root = write_wiki(tmp_path / 'wiki', {0: 'It flies.', 1: 'Wet.'})
    rows = [dict(index=index, name=name) for index, name in stated]
    (root / 'sources.json').write_text(json.dumps(dict(classes=[*rows, 3])))
    assert bool(WikiTexts(root).read(NAMES).faults) == refused
    if refused:
        with pytest.raises(ValueError, match=r'sources.json says that the text of class \d is of'):
            TextCorpus(NAMES, [PROMPTS, WikiTexts(root)], cache_dir=str(tmp_path / 'cache'))


def test_the_models_of_descriptions(tmp_path):
    path = write_json(tmp_path, {'crane': ['It flies.'], 'sea': ['Wet.']})
    assert origin(JsonDescriptions(path)) == f'JsonDescriptions: {path}'
    (tmp_path / 'a.sources.json').write_text(json.dumps(dict(models=['m-1', 'm-2'], url='x')))
    assert origin(JsonDescriptions(path)) == f'JsonDescriptions (m-1, m-2): {path}'


@pytest.mark.parametrize(
    'content', [b'', b'{', b'\xff', b'[]', b'{"source": 3}', b'{"models": [3, " "]}', b'{"a": 1}']
)
def test_another_file_of_that_name_is_left_alone(tmp_path, content):
    path = write_json(tmp_path, {'crane': ['It flies.'], 'sea': ['Wet.']})
    (tmp_path / 'a.sources.json').write_bytes(content)
    assert origin(JsonDescriptions(path)) == f'JsonDescriptions: {path}'
