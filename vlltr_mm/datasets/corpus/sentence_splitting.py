"""From the text of an encyclopaedia article to its sentences."""

import re
from collections.abc import Iterable

_DROPPED_SECTIONS = frozenset(('external links', 'references', 'further reading', 'bibliography'))
# After . or ? before white space or a capital, but not after U.S. or an
# initial such as J.
_CUT = re.compile(
    r'(?<=[.?])(?=[\sA-Z])'
    r'(?<![^\W\d_]\.[^\W\d_]\.)'
    r'(?<!\b[A-Z]\.)'
)


def split_sentences(text: str) -> list[str]:
    """Cut a text after '.' or '?' before white space or a capital A-Z.

    Nothing is cut after '!', at a newline alone, after 'letter.letter.' or
    after a single capital and a dot. Pieces are stripped, empty ones dropped.

    Args:
        text (str): running text, possibly of several lines.

    Returns:
        list[str]: the sentences in their order.

    Examples:
        >>> split_sentences('It is 3.5 cm. J. Doe saw it in the U.S. Why?Yes')
        ['It is 3.5 cm.', 'J. Doe saw it in the U.S. Why?', 'Yes']
    """
    pieces = (piece.strip() for piece in _CUT.split(text))
    return [piece for piece in pieces if piece]


def article_text(lines: Iterable[str]) -> str:
    """Join the lead and the descriptive sections of an article.

    A line that begins with '==' opens a section of any level; its heading is
    no text. A repeated heading replaces the earlier section. External links,
    References, Further reading and Bibliography are left out, their
    sub-sections are not.

    Args:
        lines (Iterable[str]): the article's lines.

    Returns:
        str: the lines, stripped, blank ones dropped, joined by newlines.
    """
    sections: dict[str | None, list[str]] = {None: []}
    heading = None
    for line in lines:
        if line.startswith('=='):
            heading = line.strip().strip('=').strip()
            sections[heading] = []
        elif line.strip():
            sections[heading].append(line.strip())
    return '\n'.join(
        line
        for heading, body in sections.items()
        if (heading or '').casefold() not in _DROPPED_SECTIONS
        for line in body
    )
