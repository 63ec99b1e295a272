"""What to read from a comparison, in one line that follows from its numbers."""

from collections.abc import Collection

from .records import COLUMNS, Comparison
from .table import table_rows

_SHOWN = {'top1': 'Over all classes', 'few': 'on few-shot classes'}


def reading_line(comparison: Comparison, base: str, with_text: Collection[str]) -> str:
    """Say which row leads, by how much, and how rows with and without text compare.

    Args:
        comparison (Comparison): what was run.
        base (str): the row that the leading one is compared with.
        with_text (Collection[str]): the rows that use text; at least one row
            is not among them.

    Returns:
        str: one line, of the means over the seeds as the table shows them.

    Raises:
        ValueError: if the comparison lacks one of these rows.
    """
    means = {row.name: dict(zip(COLUMNS, row.mean)) for row in table_rows(comparison)}
    lost = sorted({base, *with_text} - set(means))
    if lost or not set(means) - set(with_text):
        raise ValueError(
            f'The comparison has the rows {sorted(means)}; it needs {lost or "one without text"}.'
        )
    parts = []
    for column, where in _SHOWN.items():
        values = {name: round(mean[column], 1) for name, mean in means.items()}
        parts.append(f'{where} {_leader(values, base, with_text)}')
    return f'{"; ".join(parts)}.'


def _leader(values: dict[str, float], base: str, with_text: Collection[str]) -> str:
    """Name the best row, its distance to the base, and the best of the other kind."""
    best = max(values, key=values.get)
    line = f'{best} leads with {values[best]:.1f}'
    if best != base:
        line += f' ({base} {values[base]:.1f})'
    kind = 'without' if best in with_text else 'with'
    others = {n: v for n, v in values.items() if (n in with_text) == (kind == 'with')}
    other = max(others, key=others.get)
    if other == base:
        return f'{line}, and no row without text does better than {base}'
    behind = values[best] - others[other]
    return f'{line}, and the best row {kind} text, {other}, is {_distance(behind)}'


def _distance(points: float) -> str:
    return f'{points:.1f} behind' if points > 0 else 'as high'
