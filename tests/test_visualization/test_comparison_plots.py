"""Plots of 1 to 16 rows: written, told apart, nothing cut off."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from vlltr_mm.visualization import (
    comparison_plots,
    plot_accuracy_over_counts,
    plot_split_accuracy,
    plot_split_confusion,
)

COLUMNS = ('top1', 'many', 'medium', 'few')
NOTE = 'a note of seventy letters, as long as that about kernel and bandwidth'
NAMES = ['CE', 'a_rather_long_name_of_a_config_file_shapes_lt', *(f'method {i}' for i in range(14))]


@pytest.fixture
def figures(monkeypatch):
    """The figures that a plot saved."""
    saved, save = [], comparison_plots._save

    def keep(figure, path):
        saved.append(figure)
        save(figure, path)

    monkeypatch.setattr(comparison_plots, '_save', keep)
    return saved


def draw_all(num_rows, folder):
    rng = np.random.default_rng(0)
    names = NAMES[:num_rows]
    mean = [50.0, 99.9, 60, np.nan]
    plot_split_accuracy(
        {n: (mean, [3.0, 1, np.nan, np.nan]) for n in names}, COLUMNS, str(folder / 'bars.png')
    )
    grid, counts = np.geomspace(4, 1280, 20), np.array([1280, 100, 7, 4, 0])
    plot_accuracy_over_counts(
        grid,
        {n: (rng.uniform(0, 100, 20), np.full(20, np.nan)) for n in names},
        counts,
        {n: rng.uniform(0, 100, 5) for n in names},
        (20, 100),
        NOTE,
        str(folder / 'curves.png'),
    )
    matrix = np.array([[90, 5, 5], [20, 70, 10], [np.nan] * 3])
    plot_split_confusion(dict.fromkeys(names, matrix), COLUMNS[1:], str(folder / 'matrices.png'))


@pytest.mark.parametrize('num_rows', [1, 2, 4, 7, 16])
def test_nothing_is_cut_off(num_rows, tmp_path, figures):
    draw_all(num_rows, tmp_path)
    assert len(figures) == 3
    for figure in figures:
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
def test_rows_are_told_apart(num_rows, tmp_path, figures):
    draw_all(num_rows, tmp_path)
    bars, curves, matrices = figures
    looks = {
        (c.patches[0].get_facecolor(), c.patches[0].get_hatch())
        for c in bars.axes[0].containers
        if hasattr(c, 'patches')
    }
    assert len(looks) == num_rows
    lines = [line for line in curves.axes[0].lines if len(line.get_xdata()) == 20]
    assert len({(str(line.get_color()), line.get_linestyle()) for line in lines}) == num_rows
    assert sum(axes.axison for axes in matrices.axes) == num_rows


MACHADO = dict(  # Machado et al. 2009, severity 1
    protanopia=[
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    deuteranopia=[
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
)


@pytest.mark.parametrize('kind', MACHADO)
def test_palette_is_told_apart_by_colour_blind_readers(kind):
    rgb = np.array(
        [
            [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            for colour in comparison_plots._COLOURS
        ]
    )
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(MACHADO[kind]), 0, 1) ** (1 / 2.4)
    for a, b in itertools.combinations(seen, 2):
        assert np.abs(a - b).max() > 0.15


def test_png_without_pyplot_or_leftovers(tmp_path):
    draw_all(2, tmp_path / 'new')
    assert sorted(p.name for p in (tmp_path / 'new').iterdir()) == [
        'bars.png',
        'curves.png',
        'matrices.png',
    ]
    with Image.open(tmp_path / 'new/bars.png') as image:
        assert image.format == 'PNG' and image.width > 600


def test_bars_and_cells_show_the_numbers(tmp_path, figures):
    plot_split_accuracy(
        {'A': ([50.04, 70.0], [1.0, np.nan])}, ('top1', 'few'), str(tmp_path / 'a.png')
    )
    plot_split_confusion(
        {'A': np.array([[75.0, 25], [np.nan, np.nan]])}, ('x', 'y'), str(tmp_path / 'b.png')
    )
    texts = [{t.get_text() for t in figure.findobj(Text)} for figure in figures]
    assert {'50.0', '70.0'} <= texts[0]
    assert {'75.0', '25.0', '-'} <= texts[1]
    heights = [p.get_height() for p in figures[0].axes[0].patches]
    assert heights == [50.04, 70.0]
    assert isinstance(figures[0], Figure)
