import pytest
import torch
from clip_files import tiny_arch, tiny_tokens
from dist_utils import run_ranks
from torch.nn.parallel import DistributedDataParallel

from vlltr_mm.models.backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone


def _backbones():
    """Yield every kind of tower with inputs for it."""
    for frugal in (False, True):
        for kind, size in (('vit', 32), ('resnet', 64)):
            yield (
                OpenCLIPVisionBackbone(
                    tiny_arch(kind), norm_eval=not frugal, grad_checkpointing=frugal
                ),
                torch.randn(2, 3, size, size),
            )
        yield OpenCLIPTextBackbone(tiny_arch(), grad_checkpointing=frugal), tiny_tokens(width=20)


def _train_under_ddp(rank, world_size):
    """Take two steps without find_unused_parameters; return what is left."""
    ends = []
    torch.manual_seed(0)
    for backbone, inputs in _backbones():
        model = DistributedDataParallel(backbone.train())
        optimizer = torch.optim.SGD(model.parameters(), 0.01)
        for _ in range(2):  # an unused parameter fails in the second
            optimizer.zero_grad()
            mine = inputs.roll(rank, 0)[: 1 + rank]
            model(mine)[0].sum().backward()
            optimizer.step()
        ends += [p.detach().sum().item() for p in model.parameters()]
    return ends


@pytest.mark.slow
def test_ddp_needs_every_parameter():
    first, second = run_ranks(_train_under_ddp)
    assert first == second
