"""Small dumps of a wiki, and what is in them."""

import bz2
import json
from html import escape

HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">\n'
    '  <siteinfo>\n    <sitename>Wikipedia</sitename>\n'
    '    <base>https://wiki.example/wiki/Main_Page</base>\n  </siteinfo>\n'
)
END = '</mediawiki>\n'
TEXTS = {
    'Great grey owl': (
        "{{Infobox\n| name = [[owl]]\n}}\n'''The great grey owl''' (''Strix nebulosa'') is a "
        '[[bird|large bird]] of {{convert|1|kg|lb}}.<ref>{{cite book|title=Owls}}</ref> It hunts '
        'at night.\n\n== Description ==\nIt is grey &amp; <!-- very --> big.\n'
        '=== Size ===\nIts wings are long.\n\n== See also ==\n* [[Owl]]\n\n== References ==\n'
        '<references />\n=== Books ===\nA book.\n\n== Diet ==\nIt eats:\n* [[vole]]s\n* mice\n'
    ),
    'Strix nebulosa': '#REDIRECT [[Great grey owl]]',
    'Berry': "A '''berry''' is a small fruit.\n{| class=x\n| cell\n|}\nMany are sweet.",
    'Crane': (
        "'''Crane''' may refer to:\n* [[Crane (bird)]], a bird\n* [[Crane (machine)]], a machine\n"
        '* [[Stephen Crane]]\n{{disambiguation}}'
    ),
    'Crane (bird)': "'''Cranes''' are tall birds. They dance.",
    'Crane (machine)': "A '''crane''' lifts loads.",
    'Drake': '* [[Drake (duck)]]\n* [[Francis Drake]]\n[[Category:Disambiguation pages]]',
    'Drake (duck)': 'A drake is a male duck.',
    'Drakes': '#REDIRECT [[Drake]]',
    'Bow (disambiguation)': '* [[Bow (weapon)]]\n* [[Bow (music)]]',
    'Kite': "A '''kite''' is a toy.",
    'Milvus milvus': '#REDIRECT [[Red kite]]',
    'Red kite': "The '''red kite''' is a bird of prey.",
    'Fox': 'A fox is a small animal.',
    'Foxhole': '#REDIRECT [[Fox#Holes]]',
    'Loop': '#REDIRECT [[Loop two]]',
    'Loop two': '#REDIRECT [[Loop]]',
    'AT&T': 'AT&T is a company.',
    'Seal (animal)': 'A seal swims in the sea.',
    'Category:Birds': 'Not an article.',
    'Empty': '{{Infobox}}',
}


def page_xml(title, text, number):
    """Return a page as it stands in a dump."""
    space = 14 if title.startswith('Category:') else 0
    target = text.partition('[[')[2].partition(']]')[0].partition('#')[0]
    redirect = f'    <redirect title="{escape(target)}" />\n' if text.startswith('#') else ''
    return (
        f'  <page>\n    <title>{escape(title)}</title>\n    <ns>{space}</ns>\n'
        f'    <id>{number}</id>\n{redirect}    <revision>\n      <id>{1000 + number}</id>\n'
        '      <timestamp>2024-05-06T07:08:09Z</timestamp>\n      <contributor><id>7</id>'
        '</contributor>\n      <model>wikitext</model>\n'
        f'      <text bytes="{len(text)}" xml:space="preserve">{escape(text)}</text>\n'
        '    </revision>\n  </page>\n'
    )


def pages_xml(texts=None):
    """Return the pages of a dump, numbered from 1."""
    texts = TEXTS if texts is None else texts
    return [page_xml(*own, number) for number, own in enumerate(texts.items(), 1)]


def write_dump(path, texts=None):
    """Write a dump, packed as the name ends."""
    data = (HEAD + ''.join(pages_xml(texts)) + END).encode()
    path.write_bytes(bz2.compress(data) if path.suffix == '.bz2' else data)
    return path


def write_multistream(path, texts=None, pages_of_stream=3):
    """Write a multistream dump, and its index beside it; return both."""
    titles, pages = list(TEXTS if texts is None else texts), pages_xml(texts)
    data, lines = bz2.compress(HEAD.encode()), []
    for start in range(0, len(pages), pages_of_stream):
        for number in range(start, min(len(pages), start + pages_of_stream)):
            lines.append(f'{len(data)}:{number + 1}:{escape(titles[number])}\n')
        data += bz2.compress(''.join(pages[start : start + pages_of_stream]).encode())
    path.write_bytes(data + bz2.compress(END.encode()))
    index = path.with_name('index.txt.bz2')
    index.write_bytes(bz2.compress(''.join(lines).encode()))
    return path, index


def write_json_lines(path, texts=None):
    """Write articles as JSON lines, with their wikitext."""
    texts = TEXTS if texts is None else texts
    rows = [
        dict(id=str(number), revid=1000 + number, title=title, text=text)
        for number, (title, text) in enumerate(texts.items(), 1)
        if not title.startswith('Category:')
    ]
    path.write_text(''.join(json.dumps(row) + '\n' for row in rows))
    return path
