"""Pages of a MediaWiki XML dump.

Their tags are searched for as bytes, since all markup in their text is
escaped, and only the pages that are wanted are parsed. Reading begins at any
page, or stream of bz2; that suits neither a parser of whole documents nor
readers on top of one (mwxml), which took 4 and 13 times as long to go through
the pages of a plain dump.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import quote
from xml.etree import ElementTree

from .page import Page
from .pieces import Share, read_pieces
from .titles import normal_title
from .wikitext import parse_wikitext

_MOST_BYTES = 2**26  # of a page of a dump: ten times what any has
_OPEN, _CLOSE, _END = b'<page>', b'</page>', b'</mediawiki>'
_TITLE = re.compile(rb'<title>([^<]*)</title>')
_NAMESPACE = re.compile(rb'<ns>\s*(-?\d+)\s*</ns>')
_BASE = re.compile(rb'<base>\s*(https?://[^<\s]{1,300}/)[^<\s/]*\s*</base>')
_SITE = re.compile(rb'<sitename>([^<]{1,200})</sitename>')


def read_site(path: str) -> dict[str, str]:
    """Read what the head of a dump says of its wiki.

    Args:
        path (str): the dump.

    Returns:
        dict[str, str]: 'site', its name, and 'base', what addresses of its
        articles begin with; as far as they are there.

    Raises:
        ValueError: if it is no dump.
    """
    head = b''
    for _, piece in read_pieces(path):
        head += piece
        if b'</siteinfo>' in head or len(head) > 2**20:
            break
    if b'<mediawiki' not in head[: 2**12]:
        raise ValueError(
            f'{path} begins with {_shown(head[:60])}, not with <mediawiki; name the XML dump of a '
            'wiki, pages-articles.xml or pages-articles-multistream.xml.bz2.'
        )
    found = dict(site=_SITE.search(head), base=_BASE.search(head))
    return {key: unescape(own[1].decode('utf-8', 'replace')) for key, own in found.items() if own}


def dump_records(share: Share, base: str) -> Iterator[tuple[int, str, Callable[[], Page]]]:
    """Go through the articles and redirects of a share of a dump.

    Args:
        share (Share): its part of the file.
        base (str): see ``read_site``; '' if unknown.

    Yields:
        tuple[int, str, Callable]: where in the file the page, or its stream
        of bz2, begins; its title; and what parses the page.

    Raises:
        ValueError: if the file is cut, or a page is damaged.
    """
    for place, record in _cut_pages(share):
        where = f'{share.path}, the page from byte {place} on'
        found = _TITLE.search(record, 0, 4096)
        if not found:
            raise ValueError(
                f'{where} has no title, it begins with {_shown(record[:60])}. Fetch the dump '
                'again, and compare its checksum.'
            )
        space = _NAMESPACE.search(record, 0, 8192)
        title = normal_title(unescape(found[1].decode('utf-8', 'replace')))
        if title and (space is None or int(space[1]) == 0):
            yield place, title, _Parse(record, title, where, base)


class _Parse:
    """Parses the XML of a page, when it is called."""

    def __init__(self, record: bytes, title: str, where: str, base: str):
        self.record, self.title, self.where, self.base = record, title, where, base

    def __call__(self) -> Page:
        try:
            node = ElementTree.fromstring(self.record)
        except ElementTree.ParseError as error:
            raise ValueError(
                f"{self.where}, '{self.title}', is no XML ({error}). Fetch the dump again, and "
                'compare its checksum.'
            ) from error
        redirect, revision = node.find('redirect'), (node.findall('revision') or [node])[-1]
        page = Page(
            self.title,
            _number(node.findtext('id')),
            _number(revision.findtext('id')),
            (revision.findtext('timestamp') or '').strip() or None,
            self.base + quote(self.title.replace(' ', '_'), safe="/:@!$'()*,;~")
            if self.base
            else None,
            normal_title(redirect.get('title', '')) if redirect is not None else '',
        )
        try:
            return parse_wikitext(page, revision.findtext('text') or '')
        except ValueError as error:
            raise ValueError(f'{self.where}: {error}') from error


def _cut_pages(share: Share) -> Iterator[tuple[int, bytes]]:
    """Yield the pages that begin in a share; the last may end behind it."""
    packed = share.path.endswith(('.bz2', '.gz'))
    data, own, begin, tail = b'', None, -1, b''
    marks = []  # (where in data, where in the file) of the pieces that data has
    for place, piece in read_pieces(share.path, share.start):
        marks.append((len(data), place))
        if own is None and share.stop is not None:
            left = share.stop - place  # what is packed counts as beginning with its stream
            if left <= 0 or (not packed and left < len(piece)):
                own = len(data) + max(0, left)
        data, done, tail = data + piece, 0, (tail + piece)[-200:]
        while (begin := data.find(_OPEN, done)) >= 0 and (own is None or begin < own):
            end = data.find(_CLOSE, begin)
            if end < 0:
                break
            done = end + len(_CLOSE)
            at, place = next(mark for mark in reversed(marks) if mark[0] <= begin)
            yield place if packed else place + begin - at, data[begin:done]
        if own is not None and not 0 <= begin < own and len(data) >= own + len(_OPEN):
            return
        done = begin if begin >= 0 else max(done, len(data) - len(_OPEN) + 1)
        if len(data) - done > _MOST_BYTES:
            raise ValueError(
                f'{share.path}: a page near byte {place} has no end within {_MOST_BYTES} bytes; '
                'give a dump of current pages (pages-articles).'
            )
        data, marks = data[done:], [(at - done, place) for at, place in marks]
        own = None if own is None else own - done
        marks = marks[max(i for i, (at, _) in enumerate(marks) if at <= 0) :]
    end = tail.strip()
    # The last share may begin amid the end of a dump.
    whole = end.endswith(_END) or (share.start > 0 and _END.endswith(end))
    if begin >= 0 and (own is None or begin < own) or (share.stop is None and not whole):
        raise ValueError(
            f'{share.path} is cut: it ends with {_shown(tail[-60:])}, not with </mediawiki>. Fetch '
            'the dump again, and compare its checksum.'
        )


def _number(text: str | None) -> int | None:
    text = (text or '').strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _shown(data: bytes) -> str:
    return ascii(data.decode('utf-8', 'replace'))
