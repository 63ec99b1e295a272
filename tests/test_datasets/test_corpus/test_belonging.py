"""Text and classes that do not belong together are refused, prompts or not."""

import json
import unicodedata

import pytest

from vlltr_mm.datasets import CorpusSource, JsonDescriptions, PromptTemplates, SourceText, WikiTexts
from vlltr_mm.datasets.corpus.gathering import gather_sentences, gather_text

NAMES = ['apple', 'bear', 'bee', 'bottle', 'bridge', 'camel', 'castle', 'chair', 'cloud', 'crab']
NAMES += ['dolphin', 'fox', 'girl', 'house', 'lamp', 'lion', 'maple', 'mouse', 'orange', 'otter']
PROMPTS = PromptTemplates(['a {}.'])


def article(name):
    return f'The {name} is well known. People like it. It is seen in many places.'


def write_wiki(folder, texts, pattern='desc_{}.txt'):
    folder.mkdir(exist_ok=True)
    for index, text in dict(texts).items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / pattern.format(index)).write_bytes(data)
    return folder


@pytest.fixture
def wiki(tmp_path):
    return write_wiki(tmp_path / 'wiki', enumerate(map(article, NAMES)))


def write_json(folder, content):
    path = folder / 'a.json'
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def assert_refused(source, match, classes=NAMES, error=ValueError):
    """Alone and beside prompts."""
    for sources in ([source], [PROMPTS, source]):
        with pytest.raises(error, match=match):
            gather_sentences(classes, sources)


def notes_of(source, classes=NAMES):
    text = gather_text(classes, [PROMPTS, source])
    assert not text.faults
    return text.notes


def rename(folder, form):
    for index, name in enumerate(NAMES):
        (folder / f'desc_{index}.txt').rename(folder / f'new_{form(index, name)}')
    for path in folder.glob('new_*'):
        path.rename(folder / path.name[4:])


@pytest.mark.parametrize(
    'form,error,match',
    [
        (lambda i, n: f'desc_{i + 1}.txt', ValueError, 'classes 0 .. 19, .*desc_20.*not from 1'),
        (lambda i, n: f'desc_{i + 5}.txt', ValueError, 'desc_20.txt is of none; name the folder'),
        (lambda i, n: f'desc_{i:02}.txt', ValueError, 'desc_00.txt .*leading zeros'),
        (lambda i, n: f'desc_{i:03}.txt', FileNotFoundError, "holds 'desc_000.txt', 'desc_001"),
        (lambda i, n: f'desc_{n}.txt', FileNotFoundError, "holds 'desc_apple.txt', 'desc_bear"),
        (lambda i, n: f'desc_{i if i > 9 else n}.txt', ValueError, 'desc_apple.txt is named by'),
        (lambda i, n: f'n014407{i:02}.txt', FileNotFoundError, "holds 'n01440700.txt'"),
        (lambda i, n: f'Desc_{i}.TXT', FileNotFoundError, "holds 'Desc_0.TXT'"),
        (lambda i, n: f'desc_{i * 2}.txt', ValueError, 'desc_20.txt is of none'),
    ],
)
def test_files_named_otherwise(wiki, form, error, match):
    rename(wiki, form)
    assert_refused(WikiTexts(wiki), match, error=error)


def test_files_of_more_or_fewer_classes(wiki, tmp_path):
    assert not notes_of(WikiTexts(wiki))
    assert_refused(WikiTexts(wiki), 'desc_12.txt is of none', NAMES[:12])
    more = [*NAMES, 'pear', 'plate']
    assert_refused(WikiTexts(wiki), "ends at class 19 'otter', there are 22", more)
    assert '1 of 21 classes rely' in notes_of(WikiTexts(wiki), [*NAMES, 'pear'])[0]
    assert_refused(WikiTexts(tmp_path), 'has no file of any class', error=FileNotFoundError)
    assert_refused(WikiTexts(wiki / 'desc_1.txt'), 'Not a directory', error=FileNotFoundError)


def test_a_file_with_another_number_is_named(wiki):
    write_wiki(wiki, {'3 (1)': 'A copy.', '3_old': 'Another.', 'about': 'What this is.'})
    assert [n for n in notes_of(WikiTexts(wiki)) if 'desc_3 (1).txt is not read' in n and '2' in n]


@pytest.mark.parametrize('pattern', ['{}.txt', 'a[b]/{}_{}.txt', 'x*{}'])
def test_patterns(tmp_path, pattern):
    for index, name in enumerate(NAMES):
        path = tmp_path / pattern.replace('{}', str(index))
        path.parent.mkdir(exist_ok=True)
        path.write_text(article(name))
    source = WikiTexts(tmp_path, pattern)
    assert not notes_of(source)
    assert_refused(source, r'classes 0 \.\. 18, but .*19', NAMES[:19])
    assert source.identity(NAMES[:19])['others'] == ['19']


@pytest.mark.parametrize(
    'lost,match',
    [
        (range(10, 20), 'ends at class 9|10 of 20 classes only'),
        (range(18, 20), "ends at class 17 'mouse', there are 20"),
        (range(0, 20, 2), 'has text for 10 of 20 classes only'),
        (range(1, 20), 'has text for 1 of 20 classes only'),
        (range(20), 'no sentence for any of 20 classes'),
        ([3, 5, 6, 9, 12, 19], None),
        ([0, 1, 2], None),
        ([19], None),
    ],
)
@pytest.mark.parametrize('empty', [b'', b' \n', b'&nbsp;', b'== References ==\nBook.'])
def test_classes_without_text(wiki, lost, match, empty):
    write_wiki(wiki, dict.fromkeys(lost, empty))
    if match:
        assert_refused(WikiTexts(wiki), match)
    else:
        assert f'; {len(lost)} of 20 classes rely' in notes_of(WikiTexts(wiki))[0]


@pytest.mark.parametrize(
    'data,match',
    [
        (article('fox').encode('utf-16'), 'UTF-8'),
        (article('fox').encode('utf-16-le'), 'UTF-8'),
        ('Café.'.encode('latin-1'), "desc_11.txt.*UTF-8.* class 11 'fox'"),
        (b'<!DOCTYPE html>\n<html><title>429</title>', "desc_11.txt begins like a web page.*'fox'"),
        (b'\n<HTML lang="en">', 'begins like a web page'),
        (b'{"batchcomplete": true}', 'begins like JSON'),
        (b'version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS'),
        (b'{\\rtf1\\ansi', 'begins like RTF'),
        (b'\x89PNG\r\n\x1a\n', 'UTF-8'),
    ],
)
def test_files_that_are_no_articles(wiki, data, match):
    write_wiki(wiki, {11: data})
    assert_refused(WikiTexts(wiki), match)


def test_windows_text_is_the_same(wiki):
    lines = 'The fox.\n== Where ==\nIn woods.\n'
    texts = [lines, lines.replace('\n', '\r\n'), f'\ufeff{lines}']
    read = []
    for text in texts:
        write_wiki(wiki, {11: text})
        read.append(WikiTexts(wiki).read(NAMES).sentences[11])
    assert read == [['The fox.', 'In woods.']] * 3


def test_the_same_text_again_and_again(wiki, tmp_path):
    write_wiki(wiki, dict.fromkeys(range(8, 19), 'Too many requests.'))
    assert_refused(WikiTexts(wiki), "same text for 11 of 20.* 8 'cloud' and 9 .*'Too many requ")
    write_wiki(wiki, {18: article('orange')})
    assert not notes_of(WikiTexts(wiki))
    path = write_json(tmp_path, {name: ['It.', 'Is.'] for name in NAMES})
    assert_refused(JsonDescriptions(path), 'same text for 20 of 20')
    path = write_json(tmp_path, {'crane': ['A bird.']})
    assert len(gather_text(['crane', 'crane', 'fox'], [PROMPTS, JsonDescriptions(path)]).notes) == 2


@pytest.mark.parametrize('order', ['reversed', 'shifted', 'second half shifted'])
def test_text_in_another_order(wiki, tmp_path, order):
    other = dict(
        zip(
            ['reversed', 'shifted', 'second half shifted'],
            [NAMES[::-1], [*NAMES[1:], NAMES[0]], [*NAMES[:10], *NAMES[11:], NAMES[10]]],
        )
    )[order]
    write_wiki(wiki, enumerate(map(article, other)))
    assert_refused(WikiTexts(wiki), 'in another order than the classes: the text of class')
    path = write_json(tmp_path, [[article(name)] for name in other])
    assert_refused(JsonDescriptions(path, by='index'), 'in another order')


def test_names_that_are_common_words_prove_no_order(wiki):
    texts = ['An orange one on a chair near the house, by the lamp.'] * 9 + ['Its colour.'] * 11
    write_wiki(wiki, ((i, f'{text} Number {i}.') for i, text in enumerate(texts)))
    assert not notes_of(WikiTexts(wiki))
    compared = [f'Unlike the {b}, the {a} is here.' for a, b in zip(NAMES, NAMES[::-1])]
    write_wiki(wiki, enumerate(compared))
    assert not notes_of(WikiTexts(wiki))


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


NO_SOURCE = dict(type='RandomSelector', num_anchors=2)


@pytest.mark.parametrize(
    'sources', ['PromptTemplates', ['PromptTemplates'], [None], [NO_SOURCE], None, 3]
)
def test_what_is_no_source(sources):
    with pytest.raises(ValueError, match=r'sources(\[0\])? is'):
        gather_text(NAMES, sources)
