"""One HTML file that opens from the disk: templates, styles, scripts and packed data."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files

from ...utils.files import open_whole

_GROUP = 32  # classes whose details are unpacked together


def write_page(path: str, page: str) -> int:
    """Write a page, whole or not at all, and return its bytes."""
    with open_whole(path) as file:
        file.write(page)
    return len(page.encode('utf-8'))


def render_page(
    package: str, template: str, context: dict, payload: dict, details: Mapping[int, dict]
) -> str:
    """Return a page, the same for the same data.

    Its HTML is that of a template which extends ``base.html``. What is shown
    of classes is packed JSON that the page unpacks, the details of classes in
    groups when one of them is opened. A policy in the page forbids every
    address and every script but its own; text comes into it escaped here, and
    as text there.

    Args:
        package (str): whose folder ``page`` has the template, and the styles
            and scripts that come after those of all pages, each in the order
            of their names.
        template (str): its file there.
        context (dict): what the template names.
        payload (dict): JSON values; ``classes`` with C ``names``.
        details (Mapping[int, dict]): label → JSON values of an opened class.

    Returns:
        str: HTML.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader  # only who writes a page needs it

    packages = (__package__, package)
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name, 'page') for name in packages]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['number'] = number
    style, script = (_joined(packages, ending) for ending in ('.css', '.js'))
    count = len(payload['classes']['names'])
    groups = [
        {label: details[label] for label in range(start, start + _GROUP) if label in details}
        for start in range(0, count, _GROUP)
    ]
    return environment.get_template(template).render(
        context,
        style=style,
        script=script,
        style_hash=_digest(style),
        script_hash=_digest(script),
        payload=_pack(dict(payload, group=_GROUP)),
        groups=[_pack(group) if group else '' for group in groups],
    )


def number(value: float | None, digits: int = 1) -> str:
    """Return a number as a page shows it."""
    return '–' if value is None else f'{value:.{digits}f}'


def _joined(packages: tuple[str, ...], ending: str) -> str:
    """Return the files of the pages that end so, those of all pages first."""
    found = [
        file
        for package in packages
        for file in sorted((files(package) / 'page').iterdir(), key=lambda file: file.name)
        if file.name.endswith(ending)
    ]
    return '\n'.join(file.read_text(encoding='utf-8') for file in found)


def _digest(text: str) -> str:
    """Return what the policy knows a script or style by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _pack(value) -> str:
    """Return a JSON value compressed, the same for the same value."""
    text = json.dumps(value, ensure_ascii=False, separators=(',', ':'), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
