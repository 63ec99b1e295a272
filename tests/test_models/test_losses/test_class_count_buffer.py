"""When the counts are read, and where they are."""

import json

import pytest
import torch
from mmengine.model import BaseModule

from vlltr_mm.models.losses.class_count_buffer import ClassCountBuffer


def test_a_list_is_there_at_once_and_not_changed():
    given = [3, 1]
    buffer = ClassCountBuffer(given)
    given.append(9)
    assert buffer.counts.tolist() == [3, 1] and given == [3, 1, 9]
    counts = buffer(torch.zeros(2, 2, dtype=torch.float64))
    assert counts.tolist() == [3, 1] and counts.dtype == torch.float64


def test_a_file_is_read_once_by_init_weights_of_any_parent(tmp_path):
    path = tmp_path / 'counts.json'
    path.write_text(json.dumps([3, 1]))

    class Loss(BaseModule):
        def __init__(self):
            super().__init__()
            self.counts = ClassCountBuffer(path)

    loss = Loss()
    assert loss.counts.counts is None
    loss.init_weights()
    path.unlink()
    assert loss.counts(torch.zeros(2, 2)).tolist() == [3, 1]


def test_the_counts_follow_logits_and_model(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_text('a.jpg 0\nb.jpg 1\nc.jpg 0\n')
    buffer = ClassCountBuffer(str(path)).to('meta')
    assert buffer(torch.zeros(1, 2, device='meta')).device.type == 'meta'
    assert buffer.counts.device.type == 'meta'
    assert not buffer.state_dict()


def test_errors(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_text('a.jpg 0\nb.jpg 2\n')
    with pytest.raises(
        ValueError,
        match='list.txt.* no training image of '
        r'class 1 \(1 of 3 classes.*counts it as 1',
    ):
        ClassCountBuffer(str(path)).init_weights()
    with pytest.raises(FileNotFoundError, match='absent.json'):
        ClassCountBuffer('absent.json')(torch.zeros(1, 2))
    with pytest.raises(ValueError, match=r'has 2 classes.* shape \(1, 3\)'):
        ClassCountBuffer([1, 2])(torch.zeros(1, 3))
    with pytest.raises(ValueError, match=r'shape \(2,\)'):
        ClassCountBuffer([1, 2])(torch.zeros(2))
