"""Predictions as a table, JSON and CSV."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...utils.files import write_csv, write_json
from .predicting import Prediction


def print_prediction(prediction: Prediction, console: Console):
    """Print the classes of an image with the sentences that led to them."""
    guided = any(found.language is not None for found in prediction.classes)
    table = Table(title=escape(prediction.image), title_justify='left')
    table.add_column('class')
    columns = ('score', 'visual', 'language') if guided else ('score',)
    for name in columns:
        table.add_column(name, justify='right')
    if guided:
        table.add_column('sentences attended to', overflow='fold')
    for found in prediction.classes:
        cells = [escape(found.name), f'{100 * found.score:.1f} %']
        if guided:
            cells += [f'{found.visual:.3f}', f'{found.language:.3f}']
            cells.append('\n'.join(f'{w:.2f} {escape(text)}' for text, w in found.sentences))
        table.add_row(*cells)
    console.print(table)


def write_predictions_json(path: str, predictions: Sequence[Prediction], skipped: dict[str, str]):
    """Write predictions, and the images that could not be read with what is wrong, as JSON.

    Args:
        path (str): the file.
        predictions (Sequence[Prediction]): of the images.
        skipped (dict[str, str]): fault by image.
    """
    write_json(path, dict(predictions=[asdict(p) for p in predictions], skipped=skipped))


def write_predictions_csv(path: str, predictions: Sequence[Prediction]):
    """Write a line for each image and class, sentences and weights in columns of their own.

    Args:
        path (str): the file.
        predictions (Sequence[Prediction]): of the images.
    """
    most = max((len(c.sentences) for p in predictions for c in p.classes), default=0)
    header = ['image', 'rank', 'label', 'name', 'count', 'score', 'visual', 'language']
    header += [f'{what}_{i + 1}' for i in range(most) for what in ('sentence', 'weight')]
    write_csv(
        path,
        header,
        (
            [p.image, rank, c.label, c.name, c.count, c.score, c.visual, c.language]
            + [value for pair in c.sentences for value in pair]
            + [''] * (2 * (most - len(c.sentences)))
            for p in predictions
            for rank, c in enumerate(p.classes, 1)
        ),
    )
