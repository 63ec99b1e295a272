"""Articles that were extracted from a dump, an object of JSON a line."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from ...utils.files import parse_json
from ...utils.validation import check_int, check_mapping, check_text, shown
from .page import Page
from .pieces import Share, read_pieces
from .plain_text import cut_sections
from .titles import normal_title
from .wikitext import MOST_CHARACTERS, is_list_title, parse_wikitext

_MOST_BYTES = 2**26  # of a line
_CONTENT = 'an article a line, objects with title and text'
_WIKITEXT = re.compile(r"\[\[|\{\{|'''")
# How an extracted disambiguation page begins: 'Crane may refer to:'.
_LIST = re.compile(
    r'\s*(?:.{1,120}\n\s*)?.{1,120}\b(?:may|can|could|might)'
    r'(?: also| commonly)? (?:refer to|mean)\b.{0,80}$',
    re.M,
)


def json_records(share: Share, base: str = '') -> Iterator[tuple[int, str, Callable[[], Page]]]:
    """Go through the articles of a share of a file of JSON lines.

    Args:
        share (Share): its part; of a packed file all of it.
        base (str): is not used.

    Yields:
        tuple[int, str, Callable]: where in the file the line begins, 0 in a
        packed one; the title; and what makes the page.

    Raises:
        ValueError: if a line is no object with title and text.
    """
    packed = share.path.endswith(('.bz2', '.gz'))
    share = Share(share.path) if packed else share
    for number, (place, line) in enumerate(_lines(share), 1):
        if not line.strip():
            continue
        try:
            values = _read_line(line)
            title = normal_title(check_text(values['title'], 'title'))
            space = check_int(_plain_number(values.get('ns', 0)), 'ns', None)
        except ValueError as error:
            number += _lines_before(share)
            raise ValueError(f'{share.path}, line {number}: {error}') from error
        if title and space == 0:
            make = partial(_make_page, values, title, f'{share.path}, the line of {title!r}')
            yield 0 if packed else place, title, make


def _read_line(line: bytes) -> dict:
    """Parse a line.

    Raises:
        ValueError: if it is no object with title and text.
    """
    try:
        text = line.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'it is no UTF-8 ({error.reason}); it must hold {_CONTENT}.') from error
    values = parse_json(text, shown(text[:40]), _CONTENT)
    return check_mapping(values, 'the line', ('title', 'text'))


def _lines(share: Share) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that begin in a share."""
    before = 1 if share.start else 0  # the end of the line before
    rest, begin, skip = b'', share.start - before, bool(before)
    for _, piece in read_pieces(share.path, share.start - before):
        lines = (rest + piece).split(b'\n')
        rest = lines.pop()
        for line in lines:
            if share.stop is not None and begin >= share.stop:
                return
            if not skip:
                yield begin, line
            begin, skip = begin + len(line) + 1, False
        if len(rest) > _MOST_BYTES:
            raise ValueError(
                f'{share.path}: a line from byte {begin} on is longer than {_MOST_BYTES} bytes; it '
                f'must hold {_CONTENT}.'
            )
    if rest and not skip and (share.stop is None or begin < share.stop):
        yield begin, rest


def _lines_before(share: Share) -> int:
    """Return how many lines of the file begin before a share, for a message."""
    if not share.start:
        return 0
    return sum(1 for _ in _lines(Share(share.path, 0, share.start)))


def _make_page(values: dict, title: str, where: str) -> Page:
    """Make a page of a line; its text may be wikitext or plain.

    Raises:
        ValueError: if a value is of another kind.
    """
    text = values['text']
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise ValueError(f'{where}: text is {shown(text)}; it must be some text. Correct it.')
    redirect, url = values.get('redirect') or '', values.get('url')
    if not isinstance(redirect, str):
        raise ValueError(f'{where}: redirect is {shown(redirect)}; it must be a title. Correct it.')
    page = Page(
        title,
        _optional_number(values, ('id', 'pageid'), where),
        _optional_number(values, ('revid', 'revision_id'), where),
        _optional_text(values.get('timestamp')),
        url if isinstance(url, str) and url.startswith(('http://', 'https://')) else None,
        normal_title(redirect.partition('#')[0]),
        redirect.partition('#')[2],
    )
    if page.redirect or _WIKITEXT.search(text) or text.lstrip().startswith('#'):
        return parse_wikitext(page, text)
    if is_list_title(title) or _LIST.match(text[:600]):
        page.is_list = True
        firsts = (line.strip('*•- \t').partition(',')[0] for line in text.split('\n')[1:])
        titles = map(normal_title, firsts)
        page.links = list(dict.fromkeys(own for own in titles if own and len(own.split()) < 9))
        return page
    page.sections = cut_sections(text.removeprefix(f'{title}\n'))
    return page


def _optional_number(values: dict, keys: tuple[str, ...], where: str) -> int | None:
    found = next(((key, values[key]) for key in keys if values.get(key) not in (None, '')), None)
    return found and check_int(_plain_number(found[1]), f'{where}: {found[0]}')


def _plain_number(value):
    """Return the number that some extractors write as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return value


def _optional_text(value) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
