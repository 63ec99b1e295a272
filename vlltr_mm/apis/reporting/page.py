"""The page: one file that opens from the disk."""

import base64
import gzip
import hashlib
import json
from importlib.resources import files

from ...utils.files import open_whole

_GROUP = 32  # classes whose details are unpacked together


def write_page(path: str, gathered: dict) -> int:
    """Write a report as one HTML file that loads nothing.

    Args:
        path (str): the file.
        gathered (dict): as ``gather`` returns it.

    Returns:
        int: the bytes of the file.
    """
    page = render_page(gathered)
    with open_whole(path) as file:
        file.write(page)
    return len(page.encode('utf-8'))


def render_page(gathered: dict) -> str:
    """Return the page.

    Table and provenance are in its HTML. What is shown of classes and images
    is packed JSON that the page unpacks, the details of classes in groups when
    one of them is opened. A policy in the page forbids every address and every
    script but its own; text comes into it escaped here, and as text there.
    """
    from jinja2 import Environment, PackageLoader  # only who writes a report needs it

    environment = Environment(
        loader=PackageLoader(__package__, 'page'), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters['number'] = _number
    style, script = _own('.css'), _own('.js')
    details = gathered['details']
    count = len(gathered['classes']['names'])
    groups = [
        {label: details[label] for label in range(start, start + _GROUP) if label in details}
        for start in range(0, count, _GROUP)
    ]
    shown = {key: gathered[key] for key in _SHOWN}
    ends = [_ends((details.get(label) or {}).get('anchors')) for label in range(count)]
    return environment.get_template('report.html').render(
        gathered,
        best=_best(gathered['table']),
        style=style,
        script=script,
        style_hash=_digest(style),
        script_hash=_digest(script),
        payload=_pack(dict(shown, ends=ends, group=_GROUP)),
        groups=[_pack(group) if group else '' for group in groups],
    )


_SHOWN = ('classes', 'grid', 'rows', 'explained', 'gallery', 'retrieval', 'protocol', 'left_out')


def _ends(anchors: list | None) -> list | None:
    """Return the scored anchors with the smallest and the largest L_lin."""
    scored = [anchor[:2] for anchor in anchors or () if anchor[1] is not None]
    return [scored[0], scored[-1]] if scored else None


def _best(table: list[dict]) -> list[str]:
    """Return the largest mean of each column of the table, as it is shown."""
    columns = zip(*(row['mean'] for row in table))
    return [_number(max((v for v in column if v is not None), default=None)) for column in columns]


def _own(ending: str) -> str:
    """Return the files of the page that end so, joined in the order of their names."""
    found = sorted(
        (file for file in (files(__package__) / 'page').iterdir() if file.name.endswith(ending)),
        key=lambda file: file.name,
    )
    return '\n'.join(file.read_text(encoding='utf-8') for file in found)


def _digest(text: str) -> str:
    """Return what the policy knows a script or style by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _pack(value) -> str:
    """Return a JSON value compressed, the same for the same value."""
    text = json.dumps(value, ensure_ascii=False, separators=(',', ':'), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _number(value: float | None, digits: int = 1) -> str:
    return '–' if value is None else f'{value:.{digits}f}'
