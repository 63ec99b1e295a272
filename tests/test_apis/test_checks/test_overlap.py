"""Lists are compared with themselves and with one another."""

import os

import numpy as np
import pytest

from vlltr_mm.apis.checks.data import DataReport
from vlltr_mm.apis.checks.overlap import check_overlap


def report(name, paths, labels=None):
    labels = np.zeros(len(paths), int) if labels is None else np.array(labels)
    return DataReport(name, paths=paths, labels=labels)


@pytest.mark.parametrize('spelled', ['d/b.jpg', './d//b.jpg', os.path.abspath('d/b.jpg')])
def test_training_images_among_evaluated_ones(spelled):
    train = report('train', ['d/a.jpg', 'd/b.jpg'])
    for role in ('val', 'val, test', 'test, images of AnSSHook'):
        (problem,) = check_overlap([train, report(role, ['d/c.jpg', spelled])])
        assert problem.startswith('1 images stand in the lists of both train and ')
        assert os.path.abspath('d/b.jpg') in problem
        assert problem.endswith('take them out of one list.')


def test_what_may_share_images():
    train = report('train', ['a', 'b'])
    images = report('images of AnSSHook', ['a', 'b'])
    merged = report('train, val', ['a'])  # one config in two roles, as somebody chose
    assert check_overlap([train, images, report('val, test', ['c'])]) == []
    assert check_overlap([merged, train]) == []
    val, test = report('val', ['c', 'd']), report('test', ['d', 'e'])
    assert check_overlap([train, val, test]) == []
    assert len(test.notes) == 1 and '1 images stand in the lists of both val and t' in test.notes[0]
    assert not train.notes and not val.notes and not test.problems


def test_an_image_twice_in_a_list():
    data = report('train', ['a', 'b', './a', 'c', 'c', 'c'], [0, 1, 2, 1, 1, 1])
    assert check_overlap([data]) == []
    (problem,), (note,) = data.problems, data.notes
    assert problem.startswith('1 images have several labels') and '(labels 0, 2)' in problem
    assert note.startswith('1 images stand in the list more than once') and '(3 times' in note


def test_data_sets_without_paths_or_labels():
    unlabelled = DataReport('test', paths=['a', 'a'])
    assert check_overlap([DataReport('train'), unlabelled]) == []
    assert not unlabelled.notes
