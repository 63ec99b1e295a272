"""Colours told apart, figures without leftovers."""

import itertools

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgb
from PIL import Image

from vlltr_mm.visualization.style import PALETTE, new_figure, save_figure

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
    rgb = np.array([to_rgb(colour) for colour in PALETTE])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(MACHADO[kind]), 0, 1) ** (1 / 2.4)
    for a, b in itertools.combinations(seen, 2):
        assert np.abs(a - b).max() > 0.15


def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    figure, panels = new_figure(4, 3, down=2, across=3)
    assert panels.shape == (2, 3)
    folder = tmp_path / 'new'
    assert save_figure(figure, str(folder / 'a.png')) is figure
    save_figure(figure, str(folder / 'a.svg'))
    with Image.open(folder / 'a.png') as image:
        assert (image.format, image.size) == ('PNG', (600, 450))
    assert '<svg' in (folder / 'a.svg').read_text()
    with pytest.raises(ValueError, match='xyz'):
        save_figure(figure, str(folder / 'b.xyz'))
    before = (folder / 'a.png').read_bytes()

    def fail(path, **kwargs):
        with open(path, 'wb') as file:
            file.write(b'half')
        raise OSError('the disk is full')

    monkeypatch.setattr(figure, 'savefig', fail)
    with pytest.raises(OSError, match='full'):
        save_figure(figure, str(folder / 'a.png'))
    assert (folder / 'a.png').read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == ['a.png', 'a.svg']


@pytest.mark.filterwarnings('error')
def test_letters_that_the_font_lacks_raise_no_warning(tmp_path):
    figure, panels = new_figure(2, 1)
    panels[0, 0].set_title('\u6570 \u0633 \U0001f426')
    save_figure(figure, str(tmp_path / 'a.png'))


def test_pyplot_knows_none_of_the_figures():
    before = pyplot.get_fignums()
    new_figure(1, 1)
    assert pyplot.get_fignums() == before
