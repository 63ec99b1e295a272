"""One palette, one kind of figure and one way to save it for all plots."""

from __future__ import annotations

import os.path as osp
import warnings
from typing import TYPE_CHECKING

from ..utils.whole_path import whole_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette for colour-blind readers, with Tol's wine for its
# yellow, hardly seen on white.
BLUE, ORANGE, GREEN, RED = '#0072B2', '#E69F00', '#009E73', '#D55E00'
PINK, SKY, BLACK, WINE = '#CC79A7', '#56B4E9', '#000000', '#882255'
PALETTE = (BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK, WINE)
GREY = '#555555'


def new_figure(width: float, height: float, down: int = 1, across: int = 1, **kwargs):
    """Make a figure without pyplot, whose state would outlive it.

    Args:
        width (float): inches.
        height (float): inches.
        down (int): rows of panels. Defaults to 1.
        across (int): panels of a row. Defaults to 1.
        **kwargs: of ``Figure.subplots``.

    Returns:
        tuple[Figure, np.ndarray]: the figure and its panels (down, across).
    """
    from matplotlib.figure import Figure  # half a second, where something is drawn

    figure = Figure(figsize=(width, height), dpi=150, layout='constrained')
    panels = figure.subplots(down, across, squeeze=False, **kwargs)
    for axes in panels.flat:
        axes.spines[['top', 'right']].set_visible(False)
        axes.set_axisbelow(True)
    return figure, panels


def add_grid(axes, axis: str = 'both'):
    """Draw light lines at the ticks of ``axis``, 'x', 'y' or 'both'."""
    axes.grid(axis=axis, color='#DDDDDD', linewidth=0.7)


def add_legend(figure: Figure):
    """List the labelled lines or bars to the right of all panels."""
    figure.legend(loc='outside right upper', fontsize=8, frameon=False)


def save_figure(figure: Figure, path: str) -> Figure:
    """Write a figure, whole or not at all.

    Args:
        figure (Figure): what to write.
        path (str): the picture; its suffix says the format, such as png.

    Returns:
        Figure: what was written.
    """
    with whole_path(path) as temporary, warnings.catch_warnings():
        # Letters that the font lacks are boxes, and stay so.
        warnings.filterwarnings('ignore', r'Glyph \d+|Matplotlib currently does not support')
        figure.savefig(temporary, format=osp.splitext(path)[1][1:])
    return figure
