"""The page of a report: one file that opens from the disk."""

from .. import html_page
from ..html_page.rendering import number

_SHOWN = ('classes', 'grid', 'rows', 'explained', 'gallery', 'retrieval', 'protocol', 'left_out')


def write_page(path: str, gathered: dict) -> int:
    """Write a report as one HTML file that loads nothing.

    Args:
        path (str): the file.
        gathered (dict): as ``gather`` returns it.

    Returns:
        int: the bytes of the file.
    """
    return html_page.write_page(path, render_page(gathered))


def render_page(gathered: dict) -> str:
    """Return the page; table and provenance are in its HTML, see ``html_page``."""
    details = gathered['details']
    count = len(gathered['classes']['names'])
    ends = [_ends((details.get(label) or {}).get('anchors')) for label in range(count)]
    return html_page.render_page(
        __package__,
        'report.html',
        dict(gathered, best=_best(gathered['table'])),
        dict({key: gathered[key] for key in _SHOWN}, ends=ends),
        details,
    )


def _ends(anchors: list | None) -> list | None:
    """Return the scored anchors with the smallest and the largest L_lin."""
    scored = [anchor[:2] for anchor in anchors or () if anchor[1] is not None]
    return [scored[0], scored[-1]] if scored else None


def _best(table: list[dict]) -> list[str]:
    """Return the largest mean of each column of the table, as it is shown."""
    columns = zip(*(row['mean'] for row in table))
    return [number(max((v for v in column if v is not None), default=None)) for column in columns]
