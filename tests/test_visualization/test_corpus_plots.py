"""The picture of a corpus shows its figures."""

import numpy as np
import pytest

from vlltr_mm.visualization import plot_corpus


def texts(axes):
    return (
        [t.get_text() for t in axes.texts]
        + [axes.get_title(loc=loc) for loc in ('left', 'right')]
        + [axes.get_xlabel(), axes.get_ylabel()]
    )


def test_bars_are_the_counts(tmp_path):
    lengths = [3, 5, 5, 9, 10, 11]
    figure = plot_corpus([1, 4, 2], lengths, str(tmp_path / 'new/a.png'), 9)
    assert (tmp_path / 'new/a.png').stat().st_size > 1000
    left, right = figure.axes
    bars = {
        round(bar.get_x() + bar.get_width() / 2): int(bar.get_height())
        for bar in left.patches
        if bar.get_height()
    }
    assert bars == {3: 1, 5: 2, 9: 1, 10: 1, 11: 1}
    assert 'limit 9: 2 cut' in texts(left)
    assert 'tokens per sentence' in texts(left)
    (stairs,) = right.patches
    assert stairs.get_data().values.tolist() == [4, 2, 1]
    assert 'median 2 (dotted)' in texts(right)
    assert not any('without' in text for text in texts(right))


def test_far_lengths_share_the_last_bar(tmp_path):
    figure = plot_corpus([4, 0], [5, 18, 19, 4000], str(tmp_path / 'a.png'), 9)
    left, right = figure.axes
    last = left.patches[-1]
    assert (last.get_x() + last.get_width() / 2, last.get_height()) == (18, 3)
    assert 'tokens per sentence; the last bar has 2 above 18' in texts(left)
    assert '1 without text' in texts(right)


def test_nothing_leaves_the_picture_or_meets_the_other_half(tmp_path):
    lengths = np.random.default_rng(0).integers(3, 4000, 20000)
    figure = plot_corpus([30000] * 700 + [0] * 300, lengths, str(tmp_path / 'a.png'))
    frame = figure.bbox
    left, right = (axes.get_tightbbox() for axes in figure.axes)
    assert left.x0 >= 0 and left.x1 < right.x0 and right.x1 <= frame.x1
    for box in (left, right):
        assert box.y0 >= 0 and box.y1 <= frame.y1


@pytest.mark.parametrize('counts,lengths', [([], [3]), ([0, 0], [])])
def test_nothing_to_draw(tmp_path, counts, lengths):
    with pytest.raises(ValueError, match='sentences; a picture needs one'):
        plot_corpus(counts, lengths, str(tmp_path / 'a.png'))
