"""The queue against a list of what came, in one process and in two."""

import pytest
import torch
import torch.nn.functional as F
from dist_utils import run_ranks

from vlltr_mm.models import LabelledQueue


def keys(count, seed):
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))


def test_holds_the_last_keys():
    queue, came = LabelledQueue(6, 3), []
    for step, size in enumerate((2, 2, 3, 1, 2, 3)):
        new = keys(size, step)
        labels = torch.arange(size) + 10 * step
        queue.append(new, labels)
        came += [(F.normalize(k, dim=0), int(y)) for k, y in zip(new, labels)]
        held, held_labels = queue.contents()
        last = came[-6:]
        found = sorted(zip(held_labels.tolist(), held.tolist()))[-len(last) :]
        assert [y for y, _ in found] == sorted(y for _, y in last)
        expected = torch.stack([k for k, _ in sorted(last, key=lambda pair: pair[1])])
        torch.testing.assert_close(torch.tensor([k for _, k in found]), expected)
        assert (held_labels == -1).sum() == 6 - len(last)
    assert int(queue.ptr) == len(came) % 6


def test_contents_survive_an_append():
    """A backward pass after ``append`` still needs what the loss read."""
    queue = LabelledQueue(2, 3)
    held, labels = queue.contents()
    weight = torch.ones(3, requires_grad=True)
    loss = (held @ weight).sum()
    queue.append(keys(2, 0), torch.tensor([0, 1]))
    loss.backward()
    assert held.abs().max() == 0 and labels.tolist() == [-1, -1]


def test_goes_on_from_a_state_dict():
    one, other = LabelledQueue(4, 3), LabelledQueue(4, 3, start='ssd')
    assert [*one.state_dict()] == ['queue', 'queue_labels', 'ptr']
    one.append(keys(2, 0), torch.tensor([0, 1]))
    other.load_state_dict(one.state_dict())
    for queue in (one, other):
        queue.append(keys(2, 1), torch.tensor([2, 3]))
        queue.append(keys(1, 2), torch.tensor([4]))
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
    assert one.queue_labels.tolist() == [4, 1, 2, 3]


def test_starts():
    empty, paco, ssd = (
        LabelledQueue(256, 8, start, num_classes=5) for start in ('empty', 'paco', 'ssd')
    )
    assert empty.queue_labels.unique().tolist() == [-1] and empty.queue.abs().max() == 0
    assert paco.queue_labels.unique().tolist() == [0, 1, 2, 3, 4]
    torch.testing.assert_close(paco.queue.norm(dim=0), torch.ones(8))
    assert ssd.queue_labels.unique().tolist() == [0]
    torch.testing.assert_close(ssd.queue.norm(dim=1), torch.ones(256))


def fill(rank, world_size):
    queue = LabelledQueue(8, 3)
    for step in range(3):
        rows = slice(rank * 4 // world_size, (rank + 1) * 4 // world_size)
        queue.append(keys(4, step)[rows], torch.arange(4)[rows] + 4 * step)
    return {name: value.tolist() for name, value in queue.state_dict().items()}


def test_two_ranks_have_the_queue_of_one_process():
    one = fill(0, 1)
    assert one['queue_labels'] == [8, 9, 10, 11, 4, 5, 6, 7]
    assert run_ranks(fill) == [one, one]


def refused(rank, world_size):
    with pytest.raises(ValueError, match='6 places, which the batch of 8 images of all ranks'):
        LabelledQueue(6, 3).append(keys(4, 0), torch.arange(4))
    return True


def test_errors():
    with pytest.raises(ValueError, match='8 places, which the batch of 3 .*drop_last=True'):
        LabelledQueue(8, 3).append(keys(3, 0), torch.arange(3))
    assert all(run_ranks(refused))
    with pytest.raises(ValueError, match='length of the queue is 0'):
        LabelledQueue(0, 3)
    with pytest.raises(ValueError, match="start of the queue is 'zeros'; allowed are 'empty'"):
        LabelledQueue(4, 3, start='zeros')
    with pytest.raises(ValueError, match=r"num_classes of the queue \(start='paco'"):
        LabelledQueue(4, 3, start='paco')
