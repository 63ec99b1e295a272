"""Plots of 1 to 16 rows: written, told apart, nothing cut off."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from vlltr_mm.visualization import (
    plot_accuracy_over_counts,
    plot_split_accuracy,
    plot_split_confusion,
)

COLUMNS = ('top1', 'many', 'medium', 'few')
NOTE = 'a note of seventy letters, as long as that about kernel and bandwidth'
NAMES = ['CE', 'a_rather_long_name_of_a_config_file_shapes_lt', *(f'method {i}' for i in range(14))]


def draw_all(num_rows, folder):
    rng = np.random.default_rng(0)
    names = NAMES[:num_rows]
    mean = [50.0, 99.9, 60, np.nan]
    bars = plot_split_accuracy(
        {n: (mean, [3.0, 1, np.nan, np.nan]) for n in names}, COLUMNS, str(folder / 'bars.png')
    )
    grid, counts = np.geomspace(4, 1280, 20), np.array([1280, 100, 7, 4, 0])
    curves = plot_accuracy_over_counts(
        grid,
        {n: (rng.uniform(0, 100, 20), np.full(20, np.nan)) for n in names},
        counts,
        {n: rng.uniform(0, 100, 5) for n in names},
        (20, 100),
        NOTE,
        str(folder / 'curves.png'),
    )
    matrix = np.array([[90, 5, 5], [20, 70, 10], [np.nan] * 3])
    path = str(folder / 'matrices.png')
    return bars, curves, plot_split_confusion(dict.fromkeys(names, matrix), COLUMNS[1:], path)


@pytest.mark.parametrize('num_rows', [1, 2, 4, 7, 16])
def test_nothing_is_cut_off(num_rows, tmp_path):
    for figure in draw_all(num_rows, tmp_path):
        frame = figure.bbox.padded(1)
        texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
        assert len(texts) > num_rows
        for text in texts:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0 and box.x1 <= frame.x1, text
            assert frame.y0 <= box.y0 and box.y1 <= frame.y1, text
        boxes = [text.get_window_extent().padded(-1) for text in texts]
        for a, b in itertools.combinations(boxes, 2):
            assert not a.overlaps(b)


@pytest.mark.parametrize('num_rows', [2, 16])
def test_rows_are_told_apart(num_rows, tmp_path):
    bars, curves, matrices = draw_all(num_rows, tmp_path)
    looks = {
        (c.patches[0].get_facecolor(), c.patches[0].get_hatch())
        for c in bars.axes[0].containers
        if hasattr(c, 'patches')
    }
    assert len(looks) == num_rows
    lines = [line for line in curves.axes[0].lines if len(line.get_xdata()) == 20]
    assert len({(str(line.get_color()), line.get_linestyle()) for line in lines}) == num_rows
    assert sum(axes.axison for axes in matrices.axes) == num_rows


def test_bars_and_cells_show_the_numbers(tmp_path):
    bars = plot_split_accuracy(
        {'A': ([50.04, 70.0], [1.0, np.nan])}, ('top1', 'few'), str(tmp_path / 'a.png')
    )
    cells = plot_split_confusion(
        {'A': np.array([[75.0, 25], [np.nan, np.nan]])}, ('x', 'y'), str(tmp_path / 'b.png')
    )
    texts = [{t.get_text() for t in figure.findobj(Text)} for figure in (bars, cells)]
    assert {'50.0', '70.0'} <= texts[0]
    assert {'75.0', '25.0', '-'} <= texts[1]
    assert [p.get_height() for p in bars.axes[0].patches] == [50.04, 70.0]
