"""Draw how the cost of a computation grows with each of its sizes."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from vlltr_mm.visualization.style import BLACK, BLUE, RED, add_grid, new_figure, save_figure

_STYLES = dict(
    plain=dict(color=RED, marker='o', label='written out'),
    ours=dict(color=BLUE, marker='s', label='vlltr_mm'),
    bare=dict(color=BLACK, linestyle=':', label='bare products'),
)


def plot_cost(sweeps: dict[str, Sequence[dict[str, float]]], path: str) -> Figure:
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
    figure, (panels,) = new_figure(3.2 * len(sweeps), 3.4, across=len(sweeps), sharey=True)
    for axes, (name, points) in zip(panels, sweeps.items()):
        _draw_sweep(axes, name, points)
    panels[0].set_ylabel('milliseconds')
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=3, frameon=False)
    return save_figure(figure, path)


def _draw_sweep(axes, name: str, points: Sequence[dict[str, float]]):
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
    add_grid(axes)
