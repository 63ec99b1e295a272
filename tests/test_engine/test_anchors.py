"""The draw of scoring images."""

import numpy as np
import pytest

from vlltr_mm.engine.anchors import cap_per_class, check_selection
from vlltr_mm.models import AnSS, CutOffSelector


@pytest.mark.parametrize('cap', [1, 3, 100])
def test_at_most_so_many_of_each_class(cap):
    labels = np.array([2, 0, 2, 2, 0, 2, 2, 1])
    kept = cap_per_class(labels, cap, seed=0)
    assert (np.diff(kept) > 0).all()
    counts = np.bincount(labels[kept], minlength=3)
    assert counts.tolist() == [min(cap, 2), min(cap, 1), min(cap, 5)]


def test_the_draw_depends_on_the_seed_alone():
    labels = np.repeat(np.arange(4), 50)
    first = cap_per_class(labels, 5, seed=1)
    assert (first == cap_per_class(labels, 5, seed=1)).all()
    assert (first != cap_per_class(labels, 5, seed=2)).any()


def test_no_cap_keeps_everything():
    assert cap_per_class(np.array([1, 1, 0]), None, 0).tolist() == [0, 1, 2]


class Images:
    """Labels of a list file."""

    ann_file = 'list.txt'

    def __init__(self, *labels):
        self.labels = labels

    def get_gt_labels(self):
        return np.array(self.labels)


class Corpus:
    """Three classes."""

    classes = ('ant', 'bee', 'cat')


def test_selection_is_checked_before_any_work():
    check_selection(AnSS(), Images(2, 0, 1), Corpus)
    check_selection(CutOffSelector(), None, Corpus)
    with pytest.raises(ValueError, match='`images` of AnSSHook'):
        check_selection(AnSS(), None, Corpus)
    with pytest.raises(ValueError, match="list.txt has no image of class 1 'bee'"):
        check_selection(AnSS(), Images(2, 0), Corpus)
    with pytest.raises(ValueError, match='labels up to 3, the corpus 3'):
        check_selection(AnSS(), Images(0, 1, 2, 3), Corpus)
