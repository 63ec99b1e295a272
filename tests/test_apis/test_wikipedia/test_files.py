"""Dumps and JSON lines: every page once, wherever files are cut, and what is damaged."""

import bz2
import gzip
import json
from pathlib import Path

import pytest
from wiki_dumps import END, HEAD, TEXTS, pages_xml, write_dump, write_json_lines, write_multistream

from vlltr_mm.apis.wikipedia import FileSource, files, find_json_files, pieces
from vlltr_mm.apis.wikipedia.kept import KeptPages
from vlltr_mm.apis.wikipedia.pieces import Share
from vlltr_mm.apis.wikipedia.scanning import Task, scan

ARTICLES = [title for title in TEXTS if not title.startswith('Category:')]


def fetch(source, folder, *titles):
    kept, shares = KeptPages(str(folder), source.identity()), []

    def scan_all(tasks):
        shares.extend(task.share for task in tasks)
        return map(scan, tasks)

    source.fetch(set(titles), kept, scan_all, lambda items, *_: items)
    return kept, shares


@pytest.fixture
def multistream(tmp_path):
    dump, index = write_multistream(tmp_path / 'wiki.xml.bz2')
    return str(dump), str(index)


@pytest.mark.parametrize('step', [7, 333, 10**6])
@pytest.mark.parametrize('piece', [37, 2**20])
@pytest.mark.parametrize(
    'form', ['xml', 'xml.bz2', 'multistream', 'cut streams', 'jsonl', 'jsonl.gz']
)
def test_every_page_is_in_one_share(tmp_path, monkeypatch, form, step, piece):
    path = tmp_path / f'wiki.{"xml.bz2" if "stream" in form else form}'
    if 'json' in form:
        data = write_json_lines(path).read_bytes()
        path.write_bytes(gzip.compress(data) if form.endswith('gz') else data)
    elif form == 'multistream':
        write_multistream(path)
    elif form == 'cut streams':  # as parallel packers make them, amid pages and tags
        data = (HEAD + ''.join(pages_xml()) + END).encode()
        path.write_bytes(
            b''.join(bz2.compress(data[i : i + 101]) for i in range(0, len(data), 101))
        )
    else:
        write_dump(path)
    monkeypatch.setattr(pieces, '_PIECE', piece)
    monkeypatch.setattr(files, '_STEP', step)
    source = FileSource([str(path)], 'json' not in form)
    scans = [scan(source._task(share, TEXTS)) for share in source._shares()]
    assert [title for own in scans for _, title in own.titles] == ARTICLES
    assert [page.title for own in scans for page in own.pages] == ARTICLES
    for place, title in [entry for own in scans for entry in own.titles][::3]:
        again = scan(Task(Share(str(path), place, place + 1), 'json' not in form, {title}))
        assert [page.title for page in again.pages] == [title]


def test_what_a_page_says(tmp_path, multistream):
    kept, _ = fetch(FileSource([multistream[0]], True), tmp_path / 'kept', 'Great grey owl', 'None')
    page = kept.whole('Great grey owl')
    assert (page.page_id, page.revision_id, page.timestamp) == (1, 1001, '2024-05-06T07:08:09Z')
    assert page.url == 'https://wiki.example/wiki/Great_grey_owl'
    assert [own.heading for own in page.sections][:3] == ['', 'Description', 'Size']
    assert kept.look(['None']) == {'None': None}


def test_with_the_index_only_needed_streams_are_read(tmp_path, multistream):
    source = FileSource([multistream[0]], True, multistream[1])
    kept, shares = fetch(source, tmp_path / 'kept', 'Fox', 'AT&T', 'Kite', 'No page')
    assert kept.look(['Fox', 'AT&T', 'Kite', 'No page'])['AT&T'].title == 'AT&T'
    streams = {[*TEXTS].index(title) // 3 for title in ('Fox', 'AT&T', 'Kite')}
    assert len(shares) == len({share.start for share in shares}) == len(streams) < len(TEXTS) // 3


def test_what_is_kept_is_not_read_again(tmp_path, multistream):
    source = FileSource([multistream[0]], True)
    assert len(fetch(source, tmp_path / 'kept', 'Fox')[1]) == 1
    assert fetch(source, tmp_path / 'kept', 'Fox', 'None')[1] == []
    kept, shares = fetch(source, tmp_path / 'kept', 'Kite')
    assert len(shares) == 1 and shares[0].start > 0 and kept.whole('Kite').sections


def test_a_line_that_was_cut_is_fetched_again(tmp_path, multistream):
    source = FileSource([multistream[0]], True)
    kept, _ = fetch(source, tmp_path / 'kept', 'Fox', 'Kite')
    whole = (tmp_path / 'kept/pages.jsonl').read_bytes()
    (tmp_path / 'kept/pages.jsonl').write_bytes(whole[:-9])
    again, shares = fetch(source, tmp_path / 'kept', 'Fox', 'Kite')
    assert again.whole('Fox') == kept.whole('Fox') and len(shares) == 1
    (tmp_path / 'kept/pages.jsonl').write_bytes(b'{"page": 3}\n')
    with pytest.raises(ValueError, match=r'pages.jsonl, line 1 is damaged .* Remove the folder'):
        KeptPages(str(tmp_path / 'kept'), source.identity())


def test_kept_pages_of_another_dump_are_refused(tmp_path, multistream):
    fetch(FileSource([multistream[0]], True), tmp_path / 'kept', 'Fox')
    other = FileSource([str(write_dump(tmp_path / 'other.xml'))], True)
    with pytest.raises(ValueError, match='keeps pages of another source.* files differs'):
        fetch(other, tmp_path / 'kept', 'Fox')


def _bytes_of(form, dump):
    data = Path(dump).read_bytes()
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 255
    plain = (HEAD + ''.join(pages_xml())).encode()
    return {
        'flipped': bytes(flipped),
        'cut': data[: len(data) * 2 // 3],
        'without its end': bz2.compress(plain),
        'cut in a page': bz2.compress(plain[:-30]),
        'no dump': bz2.compress(b'<html>hello'),
        'no bz2': b'hello',
        'empty': b'',
        'no title': bz2.compress((HEAD + '<page><ns>0</ns></page>' + END).encode()),
        'no XML': bz2.compress((HEAD + '<page><title>Fox</title><a></page>' + END).encode()),
    }[form]


@pytest.mark.parametrize(
    'form, message',
    [
        ('flipped', 'the bz2 stream that begins at byte .* is damaged'),
        ('cut', 'is cut: '),
        ('without its end', 'is cut: it ends with .*, not with </mediawiki>'),
        ('cut in a page', 'is cut: it ends with'),
        ('no dump', "begins with '<html>hello', not with <mediawiki"),
        ('no bz2', 'the bz2 stream that begins at byte 0 is damaged'),
        ('empty', "begins with '', not with"),
        ('no title', 'the page from byte 0 on has no title'),
        ('no XML', "'Fox', is no XML"),
    ],
)
def test_damaged_dumps(tmp_path, multistream, form, message):
    path = tmp_path / 'bad.xml.bz2'
    path.write_bytes(_bytes_of(form, multistream[0]))
    with pytest.raises(ValueError, match=f'{path}.*{message}'):
        fetch(FileSource([str(path)], True), tmp_path / 'kept', 'Fox')


@pytest.mark.parametrize(
    'lines, message',
    [
        (b'7:1:Fox\n', "'Fox' in a stream of bz2 at byte 7, but none begins there"),
        (b'99999:1:Fox\n', 'at byte 99999, but none begins there in .*, of'),
        (b'OFFSET:1:Fox\n', "has 'Fox' at byte .* but its pages there are"),
        (b'1:1:Owl\nFox\n', r"line 2: b'Fox' is not 'offset:page id:title'"),
        (b'', 'has no line'),
    ],
)
def test_an_index_that_does_not_fit(tmp_path, multistream, lines, message):
    first = bz2.decompress(Path(multistream[1]).read_bytes()).split(b':')[0]
    path = tmp_path / 'bad.txt'
    path.write_bytes(lines.replace(b'OFFSET', first))
    with pytest.raises(ValueError, match=f'{path}.*{message}'):
        fetch(FileSource([multistream[0]], True, str(path)), tmp_path / 'kept', 'Fox')


def test_an_index_is_of_one_packed_dump(tmp_path, multistream):
    plain = write_dump(tmp_path / 'plain.xml')
    with pytest.raises(ValueError, match='only a multistream dump in one file has an index'):
        FileSource([str(plain)], True, multistream[1])


@pytest.mark.parametrize(
    'line, message',
    [
        ('{"title": "A", "text": "b"', 'line 3: .* is no JSON'),
        ('[1]', r'line 3: the line is \[1\]; it must be an object'),
        ('{"title": "A"}', "line 3: the line has no 'text'"),
        ('{"title": " ", "text": "b"}', "line 3: title is ' '; it must be some text"),
        ('{"title": "A", "text": 5}', "the line of 'A': text is 5"),
        ('{"title": "A", "text": "b", "id": "x"}', "the line of 'A': id is 'x'"),
        ('{"title": "A", "text": "b", "redirect": 4}', "the line of 'A': redirect is 4"),
    ],
)
@pytest.mark.parametrize('step', [20, 2**20])
def test_lines_that_are_no_articles(tmp_path, monkeypatch, line, message, step):
    monkeypatch.setattr(files, '_STEP', step)
    path = tmp_path / 'bad.jsonl'
    path.write_text(f'{{"title": "B", "text": "c"}}\n\n{line}\n')
    with pytest.raises(ValueError, match=f'{path}.*{message}'):
        fetch(FileSource([str(path)], False), tmp_path / 'kept', 'A')


def test_extracted_text(tmp_path):
    rows = [
        dict(
            title='Owl',
            text='Owl\nOwls fly.\nReferences\nA book.',
            url='https://x.example/Owl',
            id=5,
        ),
        dict(
            title='Mercury',
            text='Mercury may refer to:\n\nMercury (planet), a planet\nMercury (element)\n',
        ),
        dict(title='Owls', text='', redirect='owl#Head'),
    ]
    (tmp_path / 'a/b').mkdir(parents=True)
    for number, row in enumerate(rows):
        (tmp_path / f'a/b/wiki_{number}').write_text(json.dumps(row))
    source = FileSource(find_json_files(str(tmp_path / 'a')), False)
    kept, _ = fetch(source, tmp_path / 'kept', 'Owl', 'Mercury', 'Owls')
    owl, mercury, owls = (kept.whole(title) for title in ('Owl', 'Mercury', 'Owls'))
    assert owl.sections[0].text == 'Owls fly.' and (owl.page_id, owl.url) == (
        5,
        'https://x.example/Owl',
    )
    assert mercury.is_list and mercury.links == ['Mercury (planet)', 'Mercury (element)']
    assert (owls.redirect, owls.fragment) == ('Owl', 'Head')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match='has no file'):
        find_json_files(str(tmp_path / 'empty'))
