"""Text and classes that do not belong together are refused, prompts or not."""

import pytest
from class_texts import NAMES, PROMPTS, article, assert_refused, notes_of, write_json, write_wiki

from vlltr_mm.datasets import JsonDescriptions, WikiTexts
from vlltr_mm.datasets.corpus.gathering import gather_text


@pytest.fixture
def wiki(tmp_path):
    return write_wiki(tmp_path / 'wiki', enumerate(map(article, NAMES)))


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
