"""Sentences of JSON files, by name and by index."""

import gzip
import unicodedata

import pytest
from class_texts import NAMES, PROMPTS, article, assert_refused, notes_of, write_json

from vlltr_mm.datasets import JsonDescriptions
from vlltr_mm.datasets.corpus.gathering import gather_sentences, gather_text

CLASSES = ('kit fox', 'crane', 'crane')


def test_json_gz_and_names(tmp_path):
    content = {'Kit-Fox': ['A'], 'crane': ['B']}
    plain = write_json(tmp_path, content)
    packed = tmp_path / 'a.json.gz'
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        text = JsonDescriptions(path).read(CLASSES)
        assert text.sentences == [['A'], ['B'], ['B']]
        assert not text.faults and len(text.notes) == 1


def test_json_case_tells_classes_apart(tmp_path):
    path = write_json(tmp_path, {'cardigan': ['wool'], 'Ox': ['m']})
    text = JsonDescriptions(path).read(['Cardigan', 'cardigan', 'ox'])
    assert text.sentences == [[], ['wool'], ['m']]
    assert list(text.missing) == [0]
    path = write_json(tmp_path, {'Cardigan': ['dog'], 'cardigan': ['wool'], 'Ox': ['m']})
    text = JsonDescriptions(path).read(['ox'])  # others of which no class is
    assert text.sentences == [['m']] and text.unknown == ['Cardigan', 'cardigan']


@pytest.mark.parametrize(
    'content',
    [
        [['A'], ['B'], ['C']],
        {'0': ['A'], '2': ['C'], '1': ['B']},
        {'fox': ['A'], 'crane bird': ['B'], 'crane machine': ['C']},
    ],
)
def test_json_by_index_tells_equal_names_apart(tmp_path, content):
    path = write_json(tmp_path, content)
    text = JsonDescriptions(path, by='index').read(CLASSES)
    assert text.sentences == [['A'], ['B'], ['C']]
    assert not text.notes


def test_json_unknown_and_missing_classes(tmp_path):
    path = write_json(tmp_path, {'kit fox': ['A'], 'crane': ['B'], 'unicorn': ['C']})
    with pytest.raises(ValueError, match="a.json .*'unicorn'.*PromptTemp"):
        gather_sentences(CLASSES, [JsonDescriptions(path)])
    sentences, warning = gather_sentences(CLASSES, [JsonDescriptions(path), PROMPTS])
    assert 'unicorn' in warning and sentences[0][-1] == 'A'
    path = write_json(tmp_path, {'crane': ['B']})
    with pytest.raises(ValueError, match="0 'kit fox' has no.*a.json"):
        gather_sentences(CLASSES, [JsonDescriptions(path)])
    _, warning = gather_sentences(CLASSES, [JsonDescriptions(path), PROMPTS])
    assert "'kit fox'" in warning and 'a.json' in warning


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
    path = write_json(tmp_path, content)
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


@pytest.mark.parametrize(
    'key,match',
    [
        (lambda i, n: str(i), "such as \\['0', .*look like class indices, give by='index'"),
        (lambda i, n: f'n014407{i:02}', 'look like ids'),
        (lambda i, n: f'the {n}', "'the apple' looks like 'apple'"),
        (lambda i, n: f'{n}s', "'apples' looks like 'apple'"),
        (lambda i, n: f'{n}, fruit', "'apple, fruit' looks like 'apple'"),
        (lambda i, n: f'{n} (thing)', r"'apple \(thing\)' looks like 'apple'"),
        (lambda i, n: f'{n}é'.replace('eé', 'é'), "'applé' looks like 'apple'"),
        (lambda i, n: f'thing{i}x', "give by='index' if its entries are in the order"),
        (lambda i, n: n if i < 10 else f'thing{i}x', 'text for 10 of 20 .*10 entries'),
        (lambda i, n: n if i < 1 else f'thing{i}x', 'text for 1 of 20 .*19 entries'),
        (lambda i, n: n if i < 11 else f'thing{i}x', None),
        (lambda i, n: n.upper(), None),
        (lambda i, n: f'_{n}/', None),
    ],
)
def test_json_keys_and_class_names(tmp_path, key, match):
    path = write_json(tmp_path, {key(i, n): [article(n)] for i, n in enumerate(NAMES)})
    if match:
        assert_refused(JsonDescriptions(path), match)
    else:
        assert gather_text(NAMES, [PROMPTS, JsonDescriptions(path)]).faults == []


def test_json_of_no_class(tmp_path):
    path = write_json(tmp_path, dict(unicorn=['A horse.']))
    assert_refused(JsonDescriptions(path), "0 of 20 classes, and 1 entries .*'unicorn'.*rename")
    for content in ({}, {name: [] for name in NAMES}, {name: [' '] for name in NAMES}):
        path = write_json(tmp_path, content)
        assert_refused(JsonDescriptions(path), 'a.json has no sentence for any of 20 classes')


def test_json_of_a_few_classes_or_of_many_more(tmp_path):
    few = JsonDescriptions(write_json(tmp_path, {name: [article(name)] for name in NAMES[:3]}))
    assert '17 of 20 classes rely' in notes_of(few)[0]
    many = {name: [article(name)] for name in [*NAMES, *(f'thing {i}' for i in range(50))]}
    assert '50 entries of unknown' in notes_of(JsonDescriptions(write_json(tmp_path, many)))[0]
    with pytest.raises(ValueError, match='50 entries of unknown'):
        gather_sentences(NAMES, [JsonDescriptions(write_json(tmp_path, many))])


@pytest.mark.parametrize('forms', [('NFC', 'NFD'), ('NFD', 'NFC')])
def test_accents_composed_or_not(tmp_path, forms):
    key, name = (unicodedata.normalize(form, 'café au lait') for form in forms)
    path = write_json(tmp_path, {key: ['A drink.']})
    assert JsonDescriptions(path).read([name]).sentences == [['A drink.']]
    path = write_json(tmp_path, {key: ['A drink.'], name: ['Another.']})
    assert_refused(JsonDescriptions(path), 'name the same class', [name])


def test_keys_that_stand_twice(tmp_path):
    path = write_json(tmp_path, '{"fox": ["A."], "fox": ["B."]}')
    assert_refused(JsonDescriptions(path), "a.json .*'fox' stands twice")
    path = write_json(tmp_path, dict(Fox=['A.'], fox=['B.']))
    assert_refused(JsonDescriptions(path), "'Fox' and 'fox' name the same", ['FOX', 'bee'])


def by_index(start=0, form=str, names=NAMES):
    return {form(i): [article(name)] for i, name in enumerate(names, start)}


@pytest.mark.parametrize(
    'content,match',
    [
        (by_index(1), 'entry for class 20, .*count from 0, not from 1'),
        (by_index(5), 'entry for class 20, .*name another file'),
        (by_index(form='{:02}'.format), None),
        (dict(by_index(), **{'01': ['Twice.']}), 'two keys of one number'),
        (dict(by_index(), **{'9' * 5000: ['A.']}), r"the key '9+…? beside"),
        (dict(by_index(names=NAMES[:19]), meta=['A title.']), "the key 'meta' beside"),
        ([[article(name)] for name in NAMES], None),
        ([[article(name)] for name in NAMES[:19]], '19 entries for 20 classes'),
        ([[article(name)] for name in [*NAMES, 'pear']], '21 entries for 20 classes'),
        ([dict(name=name, text=[article(name)]) for name in NAMES], "class 0 'apple': .*no list"),
        ([article(name) for name in NAMES], "class 0 'apple': .*no list of sentences"),
        ({name: [article(name)] for name in NAMES}, None),
        ({name: [article(name)] for name in sorted(NAMES)[::-1]}, "entry 0 is 'otter', the name"),
        (by_index(names=NAMES[:9]), '9 of 20 classes only'),
        (by_index(names=NAMES[:17]), "ends at class 16 'maple'"),
    ],
)
def test_json_by_index(tmp_path, content, match):
    source = JsonDescriptions(write_json(tmp_path, content), by='index')
    if match:
        assert_refused(source, match)
    else:
        assert source.read(NAMES).sentences == [[article(name)] for name in NAMES]


@pytest.mark.parametrize(
    'value', ['A fox.', None, 3, ['A fox.', None], {'short': ['A fox.']}, [['A fox.']], [1], True]
)
def test_what_is_no_list_of_sentences(tmp_path, value):
    path = write_json(tmp_path, {name: [article(name)] for name in NAMES} | dict(fox=value))
    assert_refused(JsonDescriptions(path), "a.json, class 11 'fox': .*list of strings")
