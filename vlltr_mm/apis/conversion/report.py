"""What became of the entries of a converted file."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class ConversionReport:
    """What became of the entries of a file.

    Args:
        kind (str): what the file is.
        mapped (dict[str, str]): name in the file → name in the result.
        dropped (dict[str, str]): name in the file → why.
        invented (dict[str, str]): name in the result → where from.

    Examples:
        >>> print(ConversionReport('a CLIP', {'a.w': 'x.a.w', 'a.b': 'x.a.b'},
        ...                        {'c': 'not weights'}))
        a CLIP: 2 mapped, 1 dropped, 0 invented
        mapped:
          a.* -> x.a.* (2)
        dropped:
          c: not weights
    """

    kind: str
    mapped: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    invented: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Write it out, names that share fate and beginning in one line."""
        parts = {name: getattr(self, name) for name in ('mapped', 'dropped', 'invented')}
        lines = [
            f'{self.kind}: '
            + ', '.join(f'{len(entries)} {name}' for name, entries in parts.items())
        ]
        for name, entries in parts.items():
            rows = _fold(entries, ' -> ' if name == 'mapped' else ': ')
            lines += [f'{name}:'] * bool(rows) + [f'  {row}' for row in rows]
        return '\n'.join(lines)


def _fold(entries: dict[str, str], arrow: str) -> list[str]:
    """Write entries as lines."""
    groups = defaultdict(list)
    for key, value in entries.items():
        row, start = f'{key}{arrow}{value}', key
        if arrow == ' -> ':  # only moves under another prefix are folded
            short, long = sorted((key, value), key=len)
            start = short if long.endswith(short) else ''
        rest = start.partition('.')[2]
        folded = f'{key.removesuffix(rest)}*{arrow}' + (
            f'{value.removesuffix(rest)}*' if arrow == ' -> ' else value
        )
        groups[folded if rest else row].append(row)
    return [
        f'{folded} ({len(rows)})' if len(rows) > 1 else rows[0] for folded, rows in groups.items()
    ]
