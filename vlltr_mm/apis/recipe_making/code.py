"""Write values as the code of a config."""

import keyword
import re
from collections.abc import Sequence

_WIDTH = 79
_REPLACED = re.compile(r'\{\{\s*(?:\$|_base_|file)')  # by MMEngine, before a config is run


class Expression(str):
    """A text that stands in a config as it is, such as ``{{_base_.corpus}}``."""


def as_code(value, indent: int = 0, taken: int = 0) -> str:
    """Return a value as a config has it: ``dict(…)``, in lines of 79 characters.

    Args:
        value: of numbers, texts, None, lists, tuples and dicts.
        indent (int): columns before the lines that follow the first.
            Defaults to 0.
        taken (int): columns that the first line has already. Defaults to 0.

    Raises:
        ValueError: if a text holds what MMEngine would replace.

    Examples:
        >>> print(as_code(dict(type='LGRHead', anchors=Expression('file'), lr=1e-3)))
        dict(type='LGRHead', anchors=file, lr=0.001)
    """
    line = _on_one_line(value)
    if indent + taken + len(line) <= _WIDTH or not isinstance(value, (dict, list, tuple)):
        return line
    inner = indent + 4
    start, items, end = _parts(value)
    lines = []
    for key, item in items:
        code = key + as_code(item, inner, len(key) + 1)
        fits = lines and inner + len(lines[-1]) + len(code) + 3 <= _WIDTH
        if fits and '\n' not in lines[-1] and '\n' not in code:
            lines[-1] += f', {code}'
        else:
            lines.append(code)
    space = '\n' + ' ' * inner
    return f'{start}{space}' + f',{space}'.join(lines) + end


def assignments(**values) -> str:
    """Return ``name = value`` lines, as ``as_code`` writes values."""
    return ''.join(f'{name} = {as_code(v, 0, len(name) + 3)}\n' for name, v in values.items())


def comment(text: str) -> str:
    """Return a text as lines of comments of at most 79 characters."""
    lines, line = [], '#'
    for word in text.split():
        if len(line) + len(word) + 1 > _WIDTH and line != '#':
            lines.append(line)
            line = '#'
        line += f' {word}'
    return '\n'.join([*lines, line]) + '\n'


def _parts(value: dict | Sequence) -> tuple[str, list[tuple[str, object]], str]:
    """Return how a container begins, its items, each with what stands before it, and its end."""
    if isinstance(value, dict):
        if all(_is_name(key) for key in value):
            return 'dict(', [(f'{key}=', item) for key, item in value.items()], ')'
        return '{', [(f'{key!r}: ', item) for key, item in value.items()], '}'
    items = [('', item) for item in value]
    if isinstance(value, list):
        return '[', items, ']'
    return '(', items, ',)' if len(value) == 1 else ')'


def _is_name(key) -> bool:
    if not isinstance(key, str) or not key.isidentifier():
        return False
    # Python reads other letters as their plain form ('ª' as 'a'), and assigns no __debug__.
    return key.isascii() and key != '__debug__' and not keyword.iskeyword(key)


def _on_one_line(value) -> str:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, str) and _REPLACED.search(value):
        raise ValueError(f"'{value}' has '{{{{', which configs replace; rename it.")
    if not isinstance(value, (dict, list, tuple)):
        return repr(value)
    start, items, end = _parts(value)
    return start + ', '.join(key + _on_one_line(item) for key, item in items) + end
