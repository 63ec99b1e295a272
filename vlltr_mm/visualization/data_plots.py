"""Draw the images of a data set: how many a class has, and some of its head and tail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .style import BLUE, GREEN, ORANGE, RED, add_grid, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

_COLORS = dict(many=BLUE, medium=GREEN, few=RED)


def plot_counts(
    counts: Sequence[int],
    masks: dict[str, Sequence[bool]],
    held_out: dict[str, Sequence[int]],
    path: str,
) -> Figure:
    """Write a picture of the training images of each class, largest first.

    Args:
        counts (Sequence[int]): (C,) training images of each class.
        masks (dict[str, Sequence[bool]]): many, medium and few → (C,), which
            classes are of the group.
        held_out (dict[str, Sequence[int]]): 'val' and 'test' → (C,) images.
        path (str): the picture; its suffix says the format.

    Returns:
        Figure: what was written.

    Raises:
        ValueError: if there is no class.
    """
    counts = np.asarray(counts)
    if not counts.size:
        raise ValueError('There are no classes; a picture needs one at least.')
    order = np.argsort(-counts, kind='stable')
    ranks = np.arange(len(counts))
    figure, ((axes,),) = new_figure(8, 3.6)
    for name, mask in masks.items():
        chosen = np.asarray(mask)[order]
        if chosen.any():
            axes.bar(
                ranks[chosen],
                counts[order][chosen],
                width=1.0,
                color=_COLORS.get(name, BLUE),
                label=f'{name}: {int(chosen.sum())} classes',
            )
    for (split, own), color in zip(held_out.items(), ('black', ORANGE)):
        if np.any(own):
            axes.plot(ranks, np.asarray(own)[order], '.', ms=3, color=color, label=split)
    axes.set_yscale('log' if counts.max() > 20 * max(1, counts.min()) else 'linear')
    axes.set_ylim(bottom=0.8 if axes.get_yscale() == 'log' else 0)
    axes.set_xlabel(f'{len(counts):,} classes, most training images first')
    axes.set_ylabel('images')
    add_grid(axes, 'y')
    axes.legend(fontsize=8, frameon=False)
    return save_figure(figure, path)


def plot_examples(
    rows: Sequence[tuple[str, Sequence[Image]]], path: str, title: str = ''
) -> Figure:
    """Write a picture of images in rows, a class each.

    Args:
        rows (Sequence[tuple[str, Sequence[Image]]]): what to write beside a
            row, and its images.
        path (str): the picture; its suffix says the format.
        title (str): above all. Defaults to none.

    Returns:
        Figure: what was written.

    Raises:
        ValueError: if there is no image.
    """
    across = max((len(images) for _, images in rows), default=0)
    if not across:
        raise ValueError('There are no images to draw; give one at least.')
    figure, panels = new_figure(1.1 * across + 2.2, 1.15 * len(rows) + 0.4, len(rows), across)
    for (text, images), own in zip(rows, panels):
        for axes, image in zip(own, images):
            axes.imshow(image, cmap='gray')
        for axes in own:
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        own[0].set_ylabel(text.replace('$', r'\$'), rotation=0, ha='right', va='center', fontsize=8)
    if title:
        figure.suptitle(title.replace('$', r'\$'), fontsize=10)
    return save_figure(figure, path)
