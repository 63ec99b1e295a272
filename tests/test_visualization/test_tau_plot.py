"""The picture shows the rows."""

import pytest
from matplotlib.image import imread

from vlltr_mm.visualization.tau_plot import plot_tau_sweep

NAMES = ('top1', 'many', 'medium', 'few')


def rows():
    return [
        dict(tau=t, top1=40 + t, many=70 - 9 * t, medium=42.0, few=9 * t) for t in (1.0, 0.0, 0.5)
    ]


def test_lines_hold_the_values_in_the_order_of_tau(tmp_path):
    path = tmp_path / 'new' / 'tau.png'
    (axes,) = plot_tau_sweep(rows(), 0.5, str(path)).axes
    lines = {line.get_label(): line for line in axes.lines}
    for name in NAMES:
        assert list(lines[name].get_xdata()) == [0, 0.5, 1]
        wanted = [row[name] for row in sorted(rows(), key=lambda r: r['tau'])]
        assert list(lines[name].get_ydata()) == pytest.approx(wanted)
    assert axes.texts[0].get_text() == 'τ = 0.5'
    assert list(axes.lines[-1].get_xdata()) == [0.5, 0.5]
    assert imread(path).std() > 0


def test_a_split_without_classes_has_no_line(tmp_path):
    given = [dict(row, few=float('nan')) for row in rows()]
    (axes,) = plot_tau_sweep(given, 0.0, str(tmp_path / 'tau.svg')).axes
    assert {line.get_label() for line in axes.lines} & set(NAMES) == set(NAMES[:3])
