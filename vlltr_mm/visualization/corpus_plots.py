"""Draw how long the sentences of a corpus are and how many a class has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .style import BLUE, RED, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_corpus(
    counts: Sequence[int], token_lengths: Sequence[int], path: str, limit: int = 77
) -> Figure:
    """Write a picture of token lengths and of sentences per class.

    Args:
        counts (Sequence[int]): (C,) sentences of each class.
        token_lengths (Sequence[int]): (S,) ids of each sentence, uncut.
        path (str): the picture; its suffix says the format.
        limit (int): ids that the text tower reads. Defaults to 77.

    Returns:
        Figure: what was written.

    Raises:
        ValueError: if there is no class or no sentence.
    """
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    counts, lengths = np.asarray(counts), np.asarray(token_lengths)
    if not counts.size or not lengths.size:
        raise ValueError(
            f'There are {counts.size} classes and {lengths.size} '
            'sentences; a picture needs one of each at least.'
        )
    figure, ((left, right),) = new_figure(10, 4, across=2)
    _draw_lengths(left, lengths, limit)
    _draw_counts(right, counts)
    for axes in (left, right):
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
            axis.set_major_formatter(StrMethodFormatter('{x:,.0f}'))
    return save_figure(figure, path)


def _draw_lengths(axes, lengths: np.ndarray, limit: int):
    """Draw a histogram; lengths above twice the limit go to its last bar."""
    end = 2 * limit
    far = int((lengths > end).sum())
    last = max(limit + 1, min(int(lengths.max()), end))
    axes.hist(np.minimum(lengths, end), bins=np.arange(last + 2) - 0.5, color=BLUE)
    axes.axvline(limit + 0.5, color=RED, linestyle='--')
    axes.text(
        limit - 1,
        1,
        f'limit {limit}: {int((lengths > limit).sum()):,} cut',
        color=RED,
        ha='right',
        va='top',
        transform=axes.get_xaxis_transform(),
    )
    axes.set_xlim(0, last + 2)
    axes.set_xlabel(
        'tokens per sentence' + (f'; the last bar has {far:,} above {end}' if far else '')
    )
    axes.set_ylabel(f'number of the {len(lengths):,} sentences')


def _draw_counts(axes, counts: np.ndarray):
    """Draw the classes by falling number of sentences."""
    ordered = np.sort(counts)[::-1]
    axes.stairs(ordered, np.arange(len(ordered) + 1), fill=True, color=BLUE)
    median = float(np.median(counts))
    axes.axhline(median, color='black', linewidth=1, linestyle=':')
    axes.set_title(f'median {median:g} (dotted)', loc='right', fontsize=10)
    empty = int((counts == 0).sum())
    if empty:
        axes.set_title(f'{empty:,} without text', loc='left', fontsize=10, color=RED)
    axes.set_xlim(0, len(ordered))
    axes.set_ylim(0, max(1, 1.05 * ordered[0]))
    axes.set_xlabel('classes, most sentences first')
    axes.set_ylabel('sentences per class')
