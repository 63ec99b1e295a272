"""Draw how the cost of a computation grows with each of its sizes."""

import os
import os.path as osp
from typing import Dict, Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

# Okabe and Ito's colours, which colour-blind readers tell apart.
_STYLES = dict(
    plain=dict(color='#D55E00', marker='o', label='written out'),
    ours=dict(color='#0072B2', marker='s', label='vlltr_mm'),
    bare=dict(color='black', linestyle=':', label='bare products'),
)


def plot_cost(sweeps: Dict[str, Sequence[Dict[str, float]]], path: str) -> Figure:
    """Write a picture with one panel per sweep, both axes logarithmic.

    Args:
        sweeps (dict[str, Sequence[dict]]): title of a panel, which is also
            the name of its horizontal axis behind ': ' → points with
            ``size``, and ``plain``, ``ours`` and ``bare`` in seconds, each
            of which may be missing.
        path (str): the picture; its suffix says the format.

    Returns:
        Figure: what was written.

    Raises:
        ValueError: if there is no sweep.
    """
    if not sweeps:
        raise ValueError('sweeps is empty; a picture needs one at least.')
    figure = Figure(figsize=(3.2 * len(sweeps), 3.4), layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(sweeps), sharey=True, squeeze=False)[0]
    for axes, (name, points) in zip(panels, sweeps.items()):
        _draw_sweep(axes, name, points)
    panels[0].set_ylabel('milliseconds')
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=3, frameon=False)
    path = osp.abspath(path)
    os.makedirs(osp.dirname(path), exist_ok=True)
    figure.savefig(path, dpi=150)
    return figure


def _draw_sweep(axes, name: str, points: Sequence[Dict[str, float]]):
    """Draw a line per form through the points that have it."""
    points = sorted(points, key=lambda point: point['size'])
    for form, style in _STYLES.items():
        own = [point for point in points if form in point]
        axes.plot([point['size'] for point in own], [1e3 * point[form] for point in own], **style)
    title, _, label = name.partition(': ')
    axes.set(title=title, xlabel=label or title, xscale='log', yscale='log')
    axes.set_xticks([point['size'] for point in points])
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
