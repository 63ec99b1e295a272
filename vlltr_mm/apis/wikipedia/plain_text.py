"""Lines of plain text: lists as sentences, sections dropped and named apart."""

import re
from collections.abc import Collection, Iterable, Sequence

from .page import Section

DROPPED_SECTIONS = (
    'references', 'external links', 'see also', 'further reading', 'bibliography', 'notes',
    'footnotes', 'citations', 'sources', 'works cited', 'notes and references',
    'references and notes', 'literature cited', 'gallery', 'image gallery',
)  # fmt: skip
_HEADING = re.compile(r'(={2,6})\s*(.*?)\s*\1\s*$')
_ITEM = re.compile(r'[*#;:•]+\s*')
_EMPTY = re.compile(r'\(\s*[,;:.–\s-]*\)')
_FIRST_IN_BRACKETS = re.compile(r'\(\s*[,;:]\s*')
_SPACE_BEFORE = re.compile(r'\s+([,.;:?!)])')
_LEFT = re.compile(r"\[\[|\]\]|\{\{|\}\}|'{2,}|<[^<>\n]{1,200}>")
# What is left of tables that are never closed, and of broken markup.
_TABLE = re.compile(r'\s*(?:\{\||\|[-}+]|\||!)')
# Characters that no text file of a corpus should have, and other ends of lines.
_STRAY = re.compile(
    '[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u2060\ufeff\ufffd\ud800-\udfff]'
)
_LINE_ENDS = re.compile('\r\n?|[\x0b\x0c\x85\u2028\u2029]')
_FEW_WORDS = 4  # a shorter item is no sentence
_END = ('.', '?', '!', '."', '.”', '.)', '…')


def tidy_section(text: str) -> str:
    """Return the lines of a section: sentences, without what markup left behind.

    Short items after 'They eat:' join it as one sentence, longer ones are a
    sentence each, and short items without such a beginning are left out.

    Args:
        text (str): plain text in which items of lists begin with '* '.

    Returns:
        str: lines, none of them blank or like a heading.
    """
    lines, items = [], []
    for line in (*_LINE_ENDS.sub('\n', text).split('\n'), ''):
        line = _STRAY.sub('', line)
        if _TABLE.match(line):
            continue
        marker = _ITEM.match(line.strip())
        line = _tidy_line(line.strip()[marker.end() :] if marker else line)
        if marker and line:
            items.append(line)
        elif line:
            _add_items(lines, items)
            lines.append(line)
    _add_items(lines, items)
    return '\n'.join(lines)


def _tidy_line(line: str) -> str:
    line = _LEFT.sub('', line)
    line = _EMPTY.sub('', line)
    line = _FIRST_IN_BRACKETS.sub('(', line)
    line = _SPACE_BEFORE.sub(r'\1', ' '.join(line.split()))
    return line.lstrip('=*|').strip() if re.search(r'\w', line) else ''


def _add_items(lines: list[str], items: list[str]):
    """Put the items of a list behind the lines before it; ``items`` is emptied."""
    listed = bool(lines) and lines[-1].endswith(':')
    if listed and items and all(len(item.split()) < 2 * _FEW_WORDS for item in items):
        lines[-1] += ' ' + ', '.join(item.rstrip('.,;') for item in items) + '.'
    else:
        lines += [
            item if item.endswith(_END) else f'{item.rstrip(",;:")}.'
            for item in items
            if len(item.split()) >= _FEW_WORDS
        ]
    items.clear()


def cut_sections(text: str) -> list[Section]:
    """Cut plain text at its headings.

    Args:
        text (str): with headings as lines '== Heading ==', or with bare lines
            'References', as extractors write them, at its end.

    Returns:
        list[Section]: the lead first. A bare heading opens a section only
        where it is one of ``DROPPED_SECTIONS``.
    """
    sections = [(1, '', [])]
    for line in _LINE_ENDS.sub('\n', text).split('\n'):
        found = _HEADING.match(line.strip())
        bare = line.strip().rstrip('.:').casefold()
        if found:
            sections.append((len(found[1]), ' '.join(found[2].split()), []))
        elif bare in DROPPED_SECTIONS:
            sections.append((2, line.strip().rstrip('.:'), []))
        else:
            sections[-1][2].append(line)
    made = [Section(level, head, tidy_section('\n'.join(own))) for level, head, own in sections]
    return [own for own in made if own.text or own.heading]


def keep_sections(sections: Iterable[Section], more: Collection[str] = ()) -> list[Section]:
    """Leave out sections without description, with their sub-sections.

    Args:
        sections (Iterable[Section]): of an article.
        more (Collection[str]): headings beside ``DROPPED_SECTIONS``. Defaults
            to none.

    Returns:
        list[Section]: those with text.
    """
    dropped = {name.casefold() for name in (*DROPPED_SECTIONS, *more)}
    kept, above = [], None
    for own in sections:
        if above is not None and own.level > above:
            continue
        above = own.level if own.heading.casefold().strip() in dropped else None
        if above is None and own.text:
            kept.append(own)
    return kept


def section_headings(sections: Sequence[Section]) -> list[str]:
    """Return the headings, '' of the lead; one that stands there again gets a number.

    ``WikiTexts`` takes a repeated heading for the same section.
    """
    seen, names = set(), []
    for own in sections:
        plain = own.heading.strip('= ') or ('Section' if own.level > 1 else '')
        name, number = plain, 1
        while name in seen:
            number += 1
            name = f'{plain} ({number})'
        seen.add(name)
        names.append(name)
    return names


def article_lines(sections: Sequence[Section]) -> str:
    """Return an article as ``WikiTexts`` reads it.

    Args:
        sections (Sequence[Section]): those to keep.

    Returns:
        str: every heading on a line '== Heading =='; '' without sections.
    """
    pieces = []
    for own, name in zip(sections, section_headings(sections)):
        if name:
            mark = '=' * max(2, own.level)
            pieces.append(f'{mark} {name} {mark}\n')
        pieces.append(f'{own.text}\n')
    return ''.join(pieces)
