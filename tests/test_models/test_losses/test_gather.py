"""Two ranks against one process: rows, losses and gradients."""

import pytest
import torch
import torch.distributed as dist
from dist_utils import run_ranks
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from vlltr_mm.models import ClassWiseContrastiveLoss, contrastive_distill_loss
from vlltr_mm.models.losses.gather import check_equal_rows, gather_rows

LABELS = [0, 1, 0, 2, 1, 0]
DTYPES = dict(float32=torch.float32, float64=torch.float64)


class TwoTowers(nn.Module):
    """Two linear towers and a scale, with both losses of stage 1."""

    def __init__(self):
        super().__init__()
        self.image, self.text = nn.Linear(4, 5), nn.Linear(3, 5)
        self.logit_scale = nn.Parameter(torch.tensor(2.0))
        self.loss_ccl = ClassWiseContrastiveLoss()

    def forward(self, image, text, teacher, labels):
        feats = self.image(image), self.text(text)
        scale = self.logit_scale.exp()
        return self.loss_ccl(*feats, labels, scale) + contrastive_distill_loss(
            *feats, teacher, teacher.flip(1), scale, 20.0
        )


def train_step(rank, world_size, dtype):
    """Return the loss and the gradients of this rank's share of the batch."""
    torch.manual_seed(0)
    model = TwoTowers().to(dtype)
    batch = [torch.randn(len(LABELS), dims).to(dtype) for dims in (4, 3, 5)]
    batch.append(torch.tensor(LABELS))
    if world_size > 1:
        share = len(LABELS) // world_size
        batch = [t[rank * share : (rank + 1) * share] for t in batch]
    wrapped = model if world_size == 1 else DistributedDataParallel(model)
    loss = wrapped(*batch)
    loss.backward()
    return float(loss.detach()), {
        name: parameter.grad.tolist() for name, parameter in model.named_parameters()
    }


def gather_and_differentiate(rank):
    """Gather two rows of this rank; weigh them by rank in the loss."""
    local = torch.tensor([[1.0, 2.0], [3.0, 4.0]]) + 10 * rank
    local.requires_grad_()
    rows = gather_rows(local)
    weight = torch.arange(8.0).view(4, 2) * (rank + 1)
    (rows * weight).sum().backward()
    labels = gather_rows(torch.tensor([rank, 7]))
    return rows.tolist(), local.grad.tolist(), labels.tolist()


def unequal_rows(rank):
    """Return the errors of ranks with one and two rows."""
    feats, errors = torch.ones(1 + rank, 2), []
    for call in (
        lambda: check_equal_rows(feats),
        lambda: ClassWiseContrastiveLoss()(feats, feats, torch.zeros(1 + rank).long(), 1.0),
        lambda: contrastive_distill_loss(feats, feats, feats, feats, 1.0, 1.0),
    ):
        try:
            call()
            errors.append('')
        except ValueError as error:
            errors.append(str(error))
        dist.barrier()
    return errors


def on_a_rank(rank, world_size):
    """Do everything that needs ranks, in one start of the processes."""
    return dict(
        gathered=gather_and_differentiate(rank),
        errors=unequal_rows(rank),
        **{name: train_step(rank, world_size, dtype) for name, dtype in DTYPES.items()},
    )


@pytest.fixture(scope='module')
def ranks():
    return run_ranks(on_a_rank)


@pytest.mark.slow
def test_rows_come_in_the_order_of_the_ranks(ranks):
    for result in ranks:
        rows, _, labels = result['gathered']
        assert rows == [[1, 2], [3, 4], [11, 12], [13, 14]]
        assert labels == [0, 7, 1, 7]


@pytest.mark.slow
def test_backward_sums_over_ranks(ranks):
    # The weights of the four rows are 0..7 on rank 0 and their double on
    # rank 1; each rank gets the sum for its own rows.
    assert ranks[0]['gathered'][1] == [[0, 3], [6, 9]]
    assert ranks[1]['gathered'][1] == [[12, 15], [18, 21]]


def test_one_process_gathers_nothing():
    local = torch.randn(2, 3)
    assert gather_rows(local) is local
    check_equal_rows(local)


@pytest.mark.slow
# Sums of six terms of size up to 10 in another order: a few roundings.
@pytest.mark.parametrize('name, tolerance', [('float32', 3e-6), ('float64', 1e-14)])
def test_two_ranks_give_loss_and_gradient_of_one_process(ranks, name, tolerance, record_property):
    loss, grads = train_step(0, 1, DTYPES[name])
    mean = sum(result[name][0] for result in ranks) / len(ranks)
    assert mean == pytest.approx(loss, abs=tolerance)
    largest = 0.0
    for result in ranks:
        assert set(result[name][1]) == set(grads)
        for key, grad in grads.items():
            grad = torch.tensor(grad, dtype=torch.float64)
            assert grad.abs().max() > 1e-3, key
            other = torch.tensor(result[name][1][key], dtype=torch.float64)
            largest = max(largest, float((grad - other).abs().max()))
    record_property('largest_gradient_difference', largest)
    assert largest < tolerance


@pytest.mark.slow
def test_unequal_batches_are_refused_on_every_rank(ranks):
    for result in ranks:
        for error in result['errors']:
            assert 'batch sizes of the ranks are [1, 2]' in error
            assert 'drop_last=True' in error
