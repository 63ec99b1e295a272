"""Pictures of the data of a recipe: counts, examples of head and tail, sentences."""

import os.path as osp
from typing import TYPE_CHECKING

import mmcv
import numpy as np
from PIL import Image, ImageOps

from ...evaluation.functional.class_splits import ClassSplits
from ...utils.image_files import READ_ERRORS
from ...visualization import plot_corpus, plot_counts, plot_examples

if TYPE_CHECKING:
    from .making import Recipe

_ROWS, _ACROSS, _EDGE = 4, 6, 128


def draw_recipe(recipe: 'Recipe') -> list[str]:
    """Draw a recipe's data into its folder.

    Args:
        recipe (Recipe): written.

    Returns:
        list[str]: the pictures; without that of images where none can be opened.
    """
    table, folder = recipe.table, recipe.places.inside('pictures')
    counts = table.counts_of('train')
    held_out = {split: table.counts_of(split) for split in ('val', 'test')}
    paths = {name: osp.join(folder, f'{name}.png') for name in ('counts', 'examples', 'text')}
    plot_counts(counts, ClassSplits(counts).masks, held_out, paths['counts'])
    rows = _examples(recipe, counts)
    if any(images for _, images in rows):  # else all are at addresses
        plot_examples(rows, paths['examples'], 'training images of head and tail')
    else:
        del paths['examples']
    stats = recipe.corpus.stats
    plot_corpus(stats.counts, stats.token_lengths, paths['text'], recipe.corpus.limit)
    return list(paths.values())


def _examples(recipe: 'Recipe', counts: np.ndarray) -> list[tuple[str, list[Image.Image]]]:
    """Open a few training images of the largest and of the smallest classes."""
    table = recipe.table
    order = np.argsort(-counts, kind='stable')
    order = order[counts[order] > 0]
    chosen = [*order[:_ROWS], *order[_ROWS:][-_ROWS:]]
    rows = []
    for label in chosen:
        own = np.flatnonzero((table.labels == label) & (table.splits == 'train'))
        spaced = own[np.linspace(0, len(own) - 1, min(_ACROSS, len(own))).astype(int)]
        paths = [path for path in map(table.full_path, spaced) if '://' not in path]
        images = [small for small in map(_thumbnail, paths) if small]
        rows.append((f'{table.names[label][:24]} ({counts[label]:,})', images))
    return rows


def _thumbnail(path: str) -> Image.Image | None:
    """Return an image as training reads it, made small; None where it cannot be opened."""
    try:
        pixels = mmcv.imread(path, channel_order='rgb')
    except READ_ERRORS:
        return None
    return None if pixels is None else ImageOps.fit(Image.fromarray(pixels), (_EDGE, _EDGE))
