"""Pictures of the data of a recipe: counts, examples of head and tail, sentences."""

import os.path as osp
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from ...evaluation.functional.class_splits import ClassSplits
from ...visualization import plot_corpus, plot_counts, plot_examples

if TYPE_CHECKING:
    from .making import Recipe

_ROWS, _ACROSS, _EDGE = 4, 6, 128


def draw_recipe(recipe: 'Recipe') -> list[str]:
    """Draw a recipe's data into its folder.

    Args:
        recipe (Recipe): written.

    Returns:
        list[str]: the pictures.
    """
    table, folder = recipe.table, recipe.places.inside('pictures')
    counts = table.counts_of('train')
    held_out = {split: table.counts_of(split) for split in ('val', 'test')}
    paths = [osp.join(folder, f'{name}.png') for name in ('counts', 'examples', 'text')]
    plot_counts(counts, ClassSplits(counts).masks, held_out, paths[0])
    plot_examples(_examples(recipe, counts), paths[1], 'training images of head and tail')
    stats = recipe.corpus.stats
    plot_corpus(stats.counts, stats.token_lengths, paths[2], recipe.corpus.limit)
    return paths


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
        images = [_thumbnail(path) for path in map(table.full_path, spaced) if '://' not in path]
        rows.append((f'{table.names[label][:24]} ({counts[label]:,})', images))
    return rows


def _thumbnail(path: str) -> Image.Image:
    with Image.open(path) as image:
        image.draft('RGB', (_EDGE, _EDGE))  # of a large JPEG, a fraction is decoded
        return ImageOps.fit(image.convert('RGB'), (_EDGE, _EDGE))
