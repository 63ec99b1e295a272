"""Draw the accuracy of a τ-normalised classifier against τ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .style import BLACK, BLUE, GREEN, GREY, RED, add_grid, add_legend, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = dict(
    top1=dict(color=BLACK, linewidth=2.5),
    many=dict(color=BLUE, linestyle='--'),
    medium=dict(color=GREEN, linestyle='-.'),
    few=dict(color=RED, linestyle=':'),
)


def plot_tau_sweep(rows: Sequence[dict[str, float]], best: float, path: str) -> Figure:
    """Write a picture with a line for all classes and for each split.

    Args:
        rows (Sequence[dict]): ``tau``, and ``top1``, ``many``, ``medium`` and
            ``few`` in percent; a line of nan is left out.
        best (float): the chosen τ, marked.
        path (str): the picture; its suffix says the format.

    Returns:
        Figure: what was written.
    """
    rows = sorted(rows, key=lambda row: row['tau'])
    taus = [row['tau'] for row in rows]
    figure, ((axes,),) = new_figure(6, 4)
    for name, style in _STYLES.items():
        values = [row[name] for row in rows]
        if values[0] == values[0]:  # not nan
            axes.plot(taus, values, label=name, **style)
    axes.axvline(best, color=GREY, linewidth=1)
    axes.annotate(
        f'τ = {best:g}',
        (best, 1),
        xycoords=('data', 'axes fraction'),
        xytext=(0, 3),
        textcoords='offset points',
        ha='center',
        color=GREY,
    )
    axes.set_xlabel('τ')
    axes.set_ylabel('accuracy in percent, validation images')
    add_grid(axes)
    add_legend(figure)
    return save_figure(figure, path)
