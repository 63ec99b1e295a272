"""Readers of dumps of wikis, of their index, and of what people correct."""

import bz2
import json

from fuzz_inputs import damaged_bytes, damaged_json, damaged_lines
from fuzz_list_readers import odd_text
from fuzz_trials import Reader, put
from hypothesis import strategies as st
from wiki_dumps import END, HEAD, pages_xml, write_multistream

from vlltr_mm.apis.wikipedia import FileSource
from vlltr_mm.apis.wikipedia.kept import KeptPages
from vlltr_mm.apis.wikipedia.mapping import read_mapping
from vlltr_mm.apis.wikipedia.pieces import Share
from vlltr_mm.apis.wikipedia.plain_text import article_lines, keep_sections
from vlltr_mm.apis.wikipedia.scanning import Task, scan

TEXTS = {
    'Fox': "A '''fox''' eats [[vole]]s.\n== Look ==\n{{a|b}} Red.",
    'Foxes': '#REDIRECT [[Fox]]',
}
DUMP = HEAD + ''.join(pages_xml(TEXTS)) + END
LINES = [
    dict(title=title, text=text, id=5, url='https://a.example') for title, text in TEXTS.items()
]
NAMES = ['crane', 'sand_bar']
MAPPING = 'index\tname\ttitle\tstatus\n0\tcrane\tCrane (bird)\tguessed\n1\tsand_bar\t-\tnone\n'


def _scan(path, is_dump: bool):
    """Read all pages of a file."""
    FileSource([str(path)], is_dump)
    return scan(Task(Share(str(path)), is_dump, set(TEXTS))).pages


def odd_pages(value, content) -> str | None:
    """Check titles and text as they are written."""
    for page in value:
        text = article_lines(keep_sections(page.sections))
        if odd_text(page.title) or text != text.encode().decode() or '\0' in text or '\r' in text:
            return f'odd page {page.title!r}'
        numbers = (page.page_id, page.revision_id)
        if any(not (own is None or (type(own) is int and own >= 0)) for own in numbers):
            return f'odd numbers {numbers}'
    return None


def odd_mapping(value, content) -> str | None:
    """Check that it is of known classes, each with a title."""
    if not all(type(index) is int and 0 <= index < len(NAMES) for index in value):
        return 'odd classes'
    return 'a blank title' if not all(own.title.strip() for own in value.values()) else None


def _reader(name: str, file: str, data: bytes, inputs, is_dump: bool) -> Reader:
    return Reader(
        name,
        lambda folder: put(folder / file, data),
        lambda folder: _scan(folder / file, is_dump),
        inputs,
        lambda value: [page.redirect for page in value] == ['', 'Fox'],
        odd_pages,
        file,
    )


def _write_indexed(folder):
    put(folder / 'index.txt.bz2', None)
    write_multistream(folder / 'w.xml.bz2', TEXTS)


def _fetch(folder):
    """Fetch with an index that may be damaged."""
    source = FileSource([str(folder / 'w.xml.bz2')], True, str(folder / 'index.txt.bz2'))
    (folder / 'kept/pages.jsonl').unlink(missing_ok=True)
    (folder / 'kept/source.json').unlink(missing_ok=True)
    kept = KeptPages(str(folder / 'kept'), source.identity())
    source.fetch(set(TEXTS), kept, lambda tasks: map(scan, tasks), lambda items, *_: items)
    return [page for page in kept.look(list(TEXTS)).values() if page]


_INDEX_LINES = '100:1:Fox\n100:2:Foxes\n'
_LINES = ''.join(json.dumps(line) + '\n' for line in LINES).encode()
WIKI_READERS = [
    _reader('dump of a wiki', 'w.xml', DUMP.encode(), damaged_bytes(DUMP.encode()), True),
    _reader(
        'packed dump of a wiki',
        'w.xml.bz2',
        bz2.compress(DUMP.encode()),
        st.one_of(
            damaged_bytes(bz2.compress(DUMP.encode())),
            damaged_bytes(DUMP.encode()).map(bz2.compress),
        ),
        True,
    ),
    _reader(
        'articles as JSON lines',
        'w.jsonl',
        _LINES,
        st.one_of(damaged_bytes(_LINES), damaged_json(LINES[0])),
        False,
    ),
    Reader(
        'index of a dump',
        _write_indexed,
        _fetch,
        st.one_of(
            damaged_bytes(bz2.compress(_INDEX_LINES.encode())),
            damaged_lines(_INDEX_LINES).map(bz2.compress),
        ),
        lambda value: [page.redirect for page in value] == ['', 'Fox'],
        odd_pages,
        'index.txt.bz2',
    ),
    Reader(
        'mapping of articles',
        lambda folder: put(folder / 'mapping.tsv', MAPPING.encode()),
        lambda folder: read_mapping(str(folder / 'mapping.tsv'), NAMES),
        st.one_of(damaged_lines(MAPPING.replace(' ', '')), damaged_bytes(MAPPING.encode())),
        lambda value: [own.title for own in value.values()] == ['Crane (bird)', '-'],
        odd_mapping,
        'mapping.tsv',
    ),
]
