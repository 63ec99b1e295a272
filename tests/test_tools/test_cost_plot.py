"""The picture shows the measured points."""

import pytest
from _cost_plot import plot_cost
from matplotlib.image import imread


def test_lines_hold_the_points_in_order(tmp_path):
    path = tmp_path / 'new' / 'cost.png'
    points = [dict(size=20, plain=4.0, ours=0.2, bare=0.1), dict(size=10, plain=2.0, ours=0.1)]
    left, right = plot_cost({'head: C': points, 'AnSS': points[:1]}, str(path)).axes
    lines = {line.get_label(): line for line in left.lines}
    assert list(lines['written out'].get_xdata()) == [10, 20]
    assert list(lines['written out'].get_ydata()) == [2000, 4000]
    assert list(lines['vlltr_mm'].get_ydata()) == pytest.approx([100, 200])
    assert list(lines['bare products'].get_xdata()) == [20]
    assert (left.get_title(), left.get_xlabel()) == ('head', 'C')
    assert (right.get_title(), right.get_xlabel()) == ('AnSS', 'AnSS')
    assert imread(path).std() > 0


def test_nothing_to_draw_is_an_error(tmp_path):
    with pytest.raises(ValueError, match='sweeps is empty'):
        plot_cost({}, str(tmp_path / 'cost.png'))
