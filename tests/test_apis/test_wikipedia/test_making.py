"""From class names to a folder: all ways give the same, and runs that were killed go on."""

import io
import json
import shlex
import sys

import pytest
import wikipedia_to_corpus
from forked import kill_tool, run_tool
from repo import REPO
from rich.console import Console
from wiki_dumps import TEXTS, write_dump, write_json_lines, write_multistream
from wiki_stub import serve_wiki

from vlltr_mm.apis.checks import corpus
from vlltr_mm.apis.wikipedia import ApiSource, FileSource, make_wiki_texts, print_matches

TOOL = REPO / 'tools/dataset_converters/wikipedia_to_corpus.py'
NAMES = ['great_grey owl, Strix nebulosa', 'berries', 'crane', 'drake', 'fox', 'zebra', 'foxhole']
ARTICLES = {0: 'Great grey owl', 1: 'Berry', 3: 'Drake (duck)', 4: 'Fox', 6: 'Fox'}


def make(folder, source, **more):
    return make_wiki_texts(NAMES, source, str(folder), **dict(dict(num_workers=1), **more))


def files_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def dump(tmp_path):
    return write_multistream(tmp_path / 'wiki.xml.bz2')


def test_every_source_gives_the_same_texts(tmp_path, dump):
    with serve_wiki() as wiki:
        sources = [
            FileSource([str(dump[0])], True, str(dump[1])),
            FileSource([str(dump[0])], True),
            FileSource([str(write_dump(tmp_path / 'plain.xml'))], True),
            FileSource([str(write_json_lines(tmp_path / 'a.jsonl'))], False),
            ApiSource(wiki.url, 'tests/1.0 (me@example.org)'),
        ]
        for number, source in enumerate(sources):
            matches = make(tmp_path / f'out{number}', source, num_workers=1 + (number == 1))
            assert {i: own.page.title for i, own in enumerate(matches) if own.page} == ARTICLES
    texts = [
        {name: data for name, data in files_of(tmp_path / f'out{i}').items() if 'desc' in name}
        for i in range(5)
    ]
    assert all(own == texts[0] for own in texts)
    assert sorted(texts[0]) == [f'desc_{label}.txt' for label in ARTICLES]
    assert texts[0]['desc_4.txt'] == b'A fox is a small animal.\n'
    mappings = [files_of(tmp_path / f'out{i}')['mapping.tsv'] for i in range(5)]
    assert all(own == mappings[0] for own in mappings)


def test_sources_name_what_the_licence_asks_for(tmp_path, dump):
    make(tmp_path / 'out', FileSource([str(dump[0])], True))
    sources = json.loads((tmp_path / 'out/sources.json').read_text())
    assert sources['source']['files'] == [dict(name='wiki.xml.bz2', bytes=dump[0].stat().st_size)]
    assert sources['source']['site'] == 'Wikipedia' and 'CC BY-SA 4.0' in sources['licence']['text']
    owl = sources['classes'][0]
    assert (owl['title'], owl['page_id'], owl['revision_id']) == ('Great grey owl', 1, 1001)
    assert owl['sections'] == ['', 'Description', 'Size', 'Diet'] and owl['matched'] == 'title'
    assert owl['url'] == 'https://wiki.example/wiki/Great_grey_owl'
    assert sources['classes'][5]['status'] == 'missing' and 'title' not in sources['classes'][5]


def test_the_folder_passes_the_check_of_a_corpus(tmp_path):
    texts = {
        f'Bird {i}': f'Bird {i} is grey. It sings song {i}.\n== Diet ==\nIt eats {i} mice.'
        for i in range(6)
    }
    source = FileSource([str(write_dump(tmp_path / 'a.xml', texts))], True)
    names = [f'bird {i}' for i in range(6)]
    make_wiki_texts(names, source, str(tmp_path / 'wiki'), num_workers=1)
    wiki = [dict(type='WikiTexts', root=str(tmp_path / 'wiki'))]
    report = corpus.check_corpus(names, wiki)
    assert (
        report.problems == [] and report.missing == {} and report.stats.counts.tolist() == [3] * 6
    )


def test_a_corrected_mapping_wins(tmp_path, dump):
    source = FileSource([str(dump[0])], True)
    make(tmp_path / 'out', source)
    path = tmp_path / 'out/mapping.tsv'
    rows = [line.split('\t') for line in path.read_text().splitlines()]
    assert rows[3][:4] == ['2', 'crane', '', 'missing'] and 'Crane (bird) | Crane' in rows[3][5]
    rows[3][2], rows[5][2], rows[7][2] = 'Crane (bird)', '-', 'Hole'
    path.write_text('\n'.join(map('\t'.join, rows)))
    parts = str(tmp_path / 'out.parts')
    found = make(tmp_path / 'new', source, mapping=str(path), parts=parts)
    assert [own.status for own in found] == ['given'] * 2 + [
        'given',
        'given',
        'none',
        'missing',
        'missing',
    ]
    assert (tmp_path / 'new/desc_2.txt').read_text() == 'Cranes are tall birds. They dance.\n'
    assert not (tmp_path / 'new/desc_4.txt').exists()


def test_two_classes_with_one_article_are_told(tmp_path, dump):
    matches = make(tmp_path / 'out', FileSource([str(dump[0])], True))
    assert 'also the article of class 6' in matches[4].reason
    console = Console(width=200, record=True, file=io.StringIO())
    print_matches(NAMES, matches, console, 'out')
    shown = console.export_text()
    assert 'also the article of class 4' in shown and 'Crane (machine)' in shown
    assert '7 classes: 3 found, 2 guessed, 2 missing.' in shown


def test_a_folder_of_other_inputs_is_left_alone(tmp_path, dump):
    source = FileSource([str(dump[0])], True)
    matches = make(tmp_path / 'out', source)
    before = files_of(tmp_path / 'out')
    assert [(m.status, m.reason) for m in make(tmp_path / 'out', source)] == [
        (m.status, m.reason) for m in matches
    ]
    with pytest.raises(FileExistsError, match=r'out.* other inputs \(dropped_sections\)'):
        make(tmp_path / 'out', source, dropped_sections=['Diet'])
    with pytest.raises(FileExistsError, match=r'other inputs \(source\)'):
        make(tmp_path / 'out', FileSource([str(write_dump(tmp_path / 'b.xml'))], True))
    assert files_of(tmp_path / 'out') == before
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/desc_0.txt').write_text('mine')
    with pytest.raises(FileExistsError, match="mine' exists already and was not made here"):
        make(tmp_path / 'mine', source)
    with pytest.raises(ValueError, match='as is out; name another folder'):
        make(tmp_path / 'x', source, parts=str(tmp_path / 'x'))


@pytest.fixture
def names_file(tmp_path):
    (tmp_path / 'names.txt').write_text('\n'.join(NAMES))
    return tmp_path / 'names.txt'


@pytest.mark.slow
def test_a_run_on_a_dump_that_is_killed_goes_on(tmp_path, dump, names_file):
    def tool(out):
        return TOOL, tmp_path / out, '--names', names_file, '--dump', dump[0], '--workers', 1

    assert run_tool(*tool('whole')).returncode == 0
    for moment in ('open .*pages.jsonl', 'rename .*titles-00000', 'open .*told', 'rename .*/cut$'):
        kill_tool(moment, *tool('cut'))
        assert not (tmp_path / 'cut').exists()
    done = run_tool(*tool('cut'))
    assert done.returncode == 0, done.stderr
    assert files_of(tmp_path / 'cut') == files_of(tmp_path / 'whole')
    left = {path.name for path in tmp_path.iterdir() if 'tmp' in path.name}
    assert not left


@pytest.mark.slow
def test_a_run_on_an_api_that_is_killed_goes_on(tmp_path, names_file):
    with serve_wiki(TEXTS) as wiki:
        api = (
            '--names',
            names_file,
            '--api',
            wiki.url,
            '--user-agent',
            'tests/1.0 (me@example.org)',
        )
        assert run_tool(TOOL, tmp_path / 'whole', *api).returncode == 0
        asked = [title for own in wiki.asked for title in own]
        wiki.asked.clear()
        kill_tool('open .*told', TOOL, tmp_path / 'cut', *api)
        assert sorted(title for own in wiki.asked for title in own) == sorted(asked)
        wiki.asked.clear()
        assert run_tool(TOOL, tmp_path / 'cut', *api).returncode == 0
        assert wiki.asked == [], 'what was fetched is not fetched again'
    assert files_of(tmp_path / 'cut') == files_of(tmp_path / 'whole')


def test_the_commands_of_the_page_parse(tmp_path, monkeypatch):
    page = (REPO / 'docs/text_from_wikipedia.md').read_text().replace('\\\n', '')
    lines = [
        line for line in page.splitlines() if line.startswith(f'python tools/{TOOL.parent.name}')
    ]
    assert len(lines) == 2
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data/mine').mkdir(parents=True)
    for line in lines:
        for word in shlex.split(line)[2:]:
            if word.endswith(('.txt', '.bz2', '.tsv')):
                (tmp_path / word).touch()
        monkeypatch.setattr(sys, 'argv', shlex.split(line)[1:])
        args = wikipedia_to_corpus.parse()
        assert args.labels == 'data/mine/labels.txt' and args.index and len(args.dump) == 1
