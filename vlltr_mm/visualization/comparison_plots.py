"""Plots of several methods side by side, from numbers alone."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .style import GREY, PALETTE, add_grid, add_legend, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A second round of the palette differs by hatch and dashes.
_HATCHES = ('', '////', '....', 'xxxx')
_DASHES = ('-', '--', ':', '-.')
_FEW_ROWS = 4  # up to so many, every value is written and every class drawn
_WRAP = 28
Series = dict[str, tuple[Sequence[float], Sequence[float]]]


def plot_split_accuracy(rows: Series, columns: Sequence[str], path: str) -> Figure:
    """Draw grouped bars, a group per split, with error bars.

    Args:
        rows (dict[str, tuple]): name → means and deviations, one per column,
            percent; nan is not drawn.
        columns (Sequence[str]): names of the groups.
        path (str): the picture; its suffix says the format.

    Returns:
        Figure: what was written.
    """
    few = len(rows) <= _FEW_ROWS
    inches = 2.6 + (0.42 if few else 0.2) * len(rows) * len(columns)
    figure, ((axes,),) = new_figure(min(max(inches, 6.5), 16), 4)
    bar = 0.84 / len(rows)
    for index, (name, (mean, deviation)) in enumerate(rows.items()):
        offset = (index - (len(rows) - 1) / 2) * bar
        x = np.arange(len(columns)) + offset
        axes.bar(
            x,
            mean,
            bar * 0.94,
            label=_wrapped(name),
            linewidth=0.5,
            facecolor=_colour(index),
            edgecolor='white',
            hatch=_style(_HATCHES, index),
        )
        error = np.nan_to_num(np.asarray(deviation, dtype=float))
        axes.errorbar(
            x,
            mean,
            np.where(error > 0, error, np.nan),
            fmt='none',
            ecolor='#444444',
            elinewidth=1,
            capsize=min(3, 40 * bar / 4),
        )
        if few:
            _write_values(axes, x, np.asarray(mean, dtype=float), error)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_xlim(-0.55, len(columns) - 0.45)
    axes.set_ylabel('accuracy, percent')
    axes.set_ylim(0, 106 if few else 100)
    axes.set_yticks(range(0, 101, 20))
    add_grid(axes, 'y')
    add_legend(figure)
    return save_figure(figure, path)


def plot_accuracy_over_counts(
    grid: np.ndarray,
    curves: Series,
    class_counts: np.ndarray,
    classes: dict[str, np.ndarray],
    thresholds: tuple[int, int],
    note: str,
    path: str,
) -> Figure:
    """Draw accuracy against training images, a line per method.

    Args:
        grid (np.ndarray): (G,) training counts, for the lines.
        curves (dict[str, tuple]): name → smoothed accuracy and its deviation,
            (G,) each, percent; a deviation that is not nan becomes a band.
        class_counts (np.ndarray): (C,) training images per class.
        classes (dict[str, np.ndarray]): name → accuracy (C,) of each class,
            percent, drawn as points where the methods are few.
        thresholds (tuple[int, int]): bounds of the splits, dotted.
        note (str): how the lines were smoothed, below the plot.
        path (str): the picture; its suffix says the format.

    Returns:
        Figure: what was written.
    """
    few = len(curves) <= _FEW_ROWS
    figure, ((axes,),) = new_figure(7.5 if few else 9.5, 4.6 if few else 5.4)
    axes.set_xscale('log')
    for index, (name, (mean, deviation)) in enumerate(curves.items()):
        colour = _colour(index)
        if few:
            axes.scatter(class_counts, classes[name], s=9, color=colour, alpha=0.35, linewidths=0)
            axes.fill_between(
                grid,
                np.subtract(mean, deviation),
                np.add(mean, deviation),
                color=colour,
                alpha=0.18,
                linewidth=0,
            )
        axes.plot(
            grid, mean, _style(_DASHES, index), color=colour, linewidth=1.8, label=_wrapped(name)
        )
    axes.set_ylim(-2, 102)
    axes.set_yticks(range(0, 101, 20))
    _mark_splits(axes, thresholds)
    axes.set_xlabel('training images of the class')
    if few:
        note += '; points: classes; band: sample deviation over seeds'
    figure.supxlabel(note, fontsize=7, color=GREY)
    axes.set_ylabel('accuracy, percent')
    add_grid(axes, 'y')
    add_legend(figure)
    return save_figure(figure, path)


def plot_split_confusion(
    matrices: dict[str, np.ndarray], splits: Sequence[str], path: str
) -> Figure:
    """Draw a matrix per method: true split down, predicted split across.

    Args:
        matrices (dict[str, np.ndarray]): name → (K, K) percent, rows sum to
            100, or are nan.
        splits (Sequence[str]): names of the K splits.
        path (str): the picture; its suffix says the format.

    Returns:
        Figure: what was written.
    """
    across = min(len(matrices), 4)
    down = math.ceil(len(matrices) / across)
    titles = [_wrapped(name) for name in matrices]
    lines = max(title.count('\n') for title in titles)
    figure, panels = new_figure(0.9 + 2.3 * across, 0.6 + (2.4 + 0.17 * lines) * down, down, across)
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    for index, panel in enumerate(panels.flat):
        if index >= len(matrices):
            panel.set_axis_off()
            continue
        _draw_matrix(panel, list(matrices.values())[index], splits)
        panel.set_title(titles[index], fontsize=9)
        panel.tick_params(length=0, labelsize=8)
        if index % across:
            panel.set_yticklabels([])
        if index + across < len(matrices):
            panel.set_xticklabels([])
    figure.supxlabel('predicted as a class of', fontsize=9)
    figure.supylabel('true class in', fontsize=9)
    return save_figure(figure, path)


def _draw_matrix(axes, matrix: np.ndarray, splits: Sequence[str]):
    """Draw one matrix with its numbers in the cells."""
    axes.imshow(matrix, cmap='Blues', vmin=0, vmax=100)
    axes.set_xticks(range(len(splits)), splits)
    axes.set_yticks(range(len(splits)), splits)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(matrix):
        axes.text(
            column,
            row,
            '-' if math.isnan(value) else f'{value:.1f}',
            ha='center',
            va='center',
            fontsize=9,
            color='white' if value > 55 else 'black',
        )


def _write_values(axes, x: np.ndarray, mean: np.ndarray, error: np.ndarray):
    """Write each mean above its bar and error bar."""
    for at, value, above in zip(x, mean, error):
        if not math.isnan(value):
            axes.annotate(
                f'{value:.1f}',
                (at, value + above),
                (0, 2),
                textcoords='offset points',
                ha='center',
                fontsize=7,
            )


def _mark_splits(axes, thresholds: tuple[int, int]):
    """Dot the bounds of the splits that the counts reach, name each part."""
    from matplotlib.ticker import NullFormatter, NullLocator

    left, right = axes.get_xlim()
    bounds = [left, *thresholds, right]
    for bound in thresholds:
        if left < bound < right:
            axes.axvline(bound, color='#777777', linestyle=':', linewidth=1)
    for name, low, high in zip(('few', 'medium', 'many'), bounds, bounds[1:]):
        low, high = max(low, left), min(high, right)
        if high / low > 1.15:  # room for the word
            axes.annotate(
                name,
                (math.sqrt(low * high), 1),
                (0, 3),
                xycoords=('data', 'axes fraction'),
                textcoords='offset points',
                ha='center',
                fontsize=8,
                color=GREY,
            )
    axes.set_xlim(left, right)
    ticks = [n for power in range(7) for n in np.array([1, 2, 5]) * 10**power if left <= n <= right]
    axes.set_xticks(ticks, [f'{n:,}' for n in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _colour(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _style(styles: Sequence[str], index: int) -> str:
    """Change the style with every round of the colours."""
    return styles[index // len(PALETTE) % len(styles)]


def _wrapped(name: str) -> str:
    """Break a long name over lines, also after '_'."""
    lines = textwrap.wrap(name.replace('_', '_ '), _WRAP)
    return '\n'.join(line.replace('_ ', '_') for line in lines)
