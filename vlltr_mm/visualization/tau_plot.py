"""Draw the accuracy of a τ-normalised classifier against τ."""

import os
import os.path as osp
from typing import Dict, Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers tell apart.
_STYLES = dict(
    top1=dict(color='black', linewidth=2.5),
    many=dict(color='#0072B2', linestyle='--'),
    medium=dict(color='#009E73', linestyle='-.'),
    few=dict(color='#D55E00', linestyle=':'),
)


def plot_tau_sweep(rows: Sequence[Dict[str, float]], best: float, path: str) -> Figure:
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
    figure = Figure(figsize=(6, 4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, style in _STYLES.items():
        values = [row[name] for row in rows]
        if values[0] == values[0]:  # not nan
            axes.plot(taus, values, label=name, **style)
    axes.axvline(best, color='grey', linewidth=1)
    axes.annotate(
        f'τ = {best:g}',
        (best, 1),
        xycoords=('data', 'axes fraction'),
        xytext=(0, 3),
        textcoords='offset points',
        ha='center',
        color='dimgrey',
    )
    axes.set_xlabel('τ')
    axes.set_ylabel('accuracy in percent, validation images')
    axes.grid(alpha=0.3)
    figure.legend(loc='outside right upper', frameon=False)
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    figure.savefig(path, dpi=150)
    return figure
