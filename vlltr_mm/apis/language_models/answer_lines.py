"""From the text of an answer, with whatever markup, to its paragraphs and list entries."""

import json
import re
import unicodedata
from typing import NamedTuple

_LONGEST = 20_000
_THOUGHT = re.compile(
    r'<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)', re.IGNORECASE | re.DOTALL
)
_THOUGHT_END = re.compile('</(?:think|thinking|thought|reasoning)>', re.IGNORECASE)
_FENCE = re.compile(r'^\s*(?:```|~~~).*$', re.MULTILINE)
_HEADING = re.compile(r'\s*(?:#{1,6}\s.*|\*\*[^*.!?]+\*\*:?|__[^_.!?]+__:?)\s*$')
_QUOTED = re.compile(r'\s*(?:>\s?)+')
_RULE = re.compile(r'[-*_=:|\s]{3,}$')
_ENTRY = re.compile(r'\s*(?:[-*+•‣▪◦–—]\s+|\(?\d{1,3}[.)]\s+|\(?[a-z][.)]\s+(?=\S))')
_MARKUP = (
    (re.compile(r'!\[[^\[\]]*\]\([^()]*\)'), ''),  # a picture
    (re.compile(r'\[([^\[\]]+)\]\([^()]*\)'), r'\1'),  # a link
    (re.compile(r'</?[a-zA-Z][^<>]*>'), ' '),
    (re.compile(r'`+([^`]*)`+'), r'\1'),
    (re.compile(r'(\*{1,3}|(?<!\w)_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)'), r'\2'),
    (re.compile(r'\*{2,}'), ''),
)
_CONTROL = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\ufeff\ufffd]')


class Unit(NamedTuple):
    """A paragraph, or an entry of a list."""

    text: str
    is_entry: bool


def without_thoughts(text: str) -> str:
    """Take out what a model thought before it answered, also where that has no end.

    Examples:
        >>> without_thoughts('<think>A bird?</think>It has wings.')
        'It has wings.'
    """
    return _THOUGHT_END.split(_THOUGHT.sub('', text))[-1]


def without_markup(line: str) -> str:
    """Take out the markup within a line.

    Examples:
        >>> without_markup('**Long** legs, see [here](a.b)')
        'Long legs, see here'
    """
    for pattern, instead in _MARKUP:
        line = pattern.sub(instead, line)
    return ' '.join(line.split())


def split_answer(text: str, lines: bool = False) -> tuple[list[Unit], int]:
    """Split an answer into paragraphs and list entries.

    Args:
        text (str): as the model gave it: plain, Markdown or a JSON list; what
            comes after 20,000 letters is left out.
        lines (bool): whether every line is an entry of a list, rather than
            those that are marked as such. Defaults to False.

    Returns:
        tuple[list[Unit], int]: the units in their order, without markup, in
        Unicode's normal form C; and how many headings were left out.

    Examples:
        >>> split_answer('## Look\\n1. **Long** legs\\n2. A bill')[0]
        [Unit(text='Long legs', is_entry=True), Unit(text='A bill', is_entry=True)]
    """
    text = without_thoughts(text)[:_LONGEST].replace('\r\n', '\n').replace('\r', '\n')
    text = re.sub('[\x85\u2028\u2029]', '\n', unicodedata.normalize('NFC', text))
    text = _FENCE.sub('', _CONTROL.sub(' ', text))
    entries = _json_list(text)
    if entries is not None:
        return [Unit(without_markup(entry), True) for entry in entries if entry.strip()], 0
    units, headings, is_open = [], 0, False
    for line in text.split('\n'):
        line = _QUOTED.sub('', line, count=1) if line.lstrip().startswith('>') else line
        entry = _ENTRY.match(line)
        plain = without_markup(line[entry.end() :] if entry else line.strip().strip('|'))
        if not plain or _RULE.match(line):
            is_open = False
        elif plain.endswith(':') or (not entry and _HEADING.match(line)):
            headings, is_open = headings + 1, False
        elif is_open and not entry and not lines:  # a line that goes on
            units[-1] = units[-1]._replace(text=f'{units[-1].text} {plain}')
        else:
            units.append(Unit(plain, entry is not None or lines))
            is_open = True
    return units, headings


def _json_list(text: str) -> list[str] | None:
    """Return the texts of a JSON list, also one that is the value of an object."""
    text = text.strip()
    if text[:1] not in ('[', '{') or text[-1:] not in (']', '}'):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    texts = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    return value if texts else None
