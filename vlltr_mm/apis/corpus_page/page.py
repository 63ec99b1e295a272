"""The page on a corpus: one file that opens from the disk."""

from .. import html_page
from ..checks.corpus import CorpusReport
from .gathering import gather
from .selection import Selection

_SHOWN = ('classes', 'pairs', 'selection')


def write_page(
    path: str, report: CorpusReport, title: str, selection: Selection | None = None
) -> int:
    """Write what is known of a corpus as one HTML file that loads nothing.

    Args:
        path (str): the file.
        report (CorpusReport): from ``check_corpus``.
        title (str): of the page.
        selection (Selection, optional): from ``find_selection``. Defaults to
            None, nothing is said of it.

    Returns:
        int: the bytes of the file.
    """
    return html_page.write_page(path, render_page(gather(report, title, selection)))


def render_page(gathered: dict) -> str:
    """Return the page of what ``gather`` returned; see ``html_page``."""
    names = [source['name'] for source in gathered['sources']]
    payload = dict({key: gathered[key] for key in _SHOWN}, sources=names)
    return html_page.render_page(__package__, 'corpus.html', gathered, payload, gathered['details'])
