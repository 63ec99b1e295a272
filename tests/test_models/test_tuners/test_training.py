"""Tuned towers in training: ranks, chunks, recomputing, mixed precision, the compiler."""

import copy

import numpy as np
import pytest
import torch
from dist_utils import run_ranks
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import build_optim_wrapper
from mmpretrain.structures import DataSample
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from tuned_towers import PAIRS, TUNERS, inputs, move, tower

from vlltr_mm.models import CVLP

CLIPS = [(kind, tuner) for kind, tuner in PAIRS if kind in ('vit', 'text', 'resnet')]


def gradients(backbone, x):
    """Return the output and the gradient of each trained number."""
    (feats,) = backbone(x)
    backbone.zero_grad()
    feats.square().sum().backward()
    return feats.detach(), {n: p.grad for n, p in backbone.named_parameters() if p.requires_grad}


@pytest.mark.parametrize('kind, tuner', [*CLIPS, ('timm_vit', 'adaptformer'), ('timm_vit', 'lora')])
def test_recomputing_changes_nothing(kind, tuner):
    plain, frugal = tower(kind, tuner), tower(kind, tuner, grad_checkpointing=True)
    frugal.load_state_dict(move(plain).state_dict())
    x, kept, found = inputs(kind), [], []
    for backbone in (plain, frugal):
        kept.append(0)

        def keep(tensor):
            kept[-1] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            found.append(gradients(backbone.train(), x))
    assert kept[1] < 0.7 * kept[0]
    torch.testing.assert_close(found[1], found[0], atol=0, rtol=0)


@pytest.mark.parametrize('kind, tuner', CLIPS)
def test_mixed_precision(kind, tuner):
    tuned = move(tower(kind, tuner)).train()
    exact = gradients(tuned, inputs(kind))
    with torch.autocast('cpu', torch.bfloat16):
        mixed = gradients(tuned, inputs(kind))
    off = (mixed[0] - exact[0]).norm() / exact[0].norm()
    assert 1e-4 < off < 0.05  # bfloat16 it was
    assert {grad.dtype for grad in mixed[1].values()} == {torch.float32}
    norms = [torch.stack([g.norm() for g in grads.values()]).norm() for _, grads in (mixed, exact)]
    assert abs(norms[0] / norms[1] - 1) < 0.1


@pytest.mark.slow
def test_the_compiler_sees_one_graph():
    tuned = move(tower('vit', 'adaptformer')).train()
    expected = gradients(tuned, inputs('vit'))
    torch._dynamo.reset()
    compiled = torch.compile(tuned, backend='eager', fullgraph=True)
    (feats,) = compiled(inputs('vit'))
    tuned.zero_grad()
    feats.square().sum().backward()
    torch.testing.assert_close(feats, expected[0], atol=1e-5, rtol=1e-5)
    for name, parameter in tuned.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(parameter.grad, expected[1][name], atol=1e-4, rtol=1e-4)
    with torch.no_grad(), tuned.untuned():
        assert not torch.allclose(compiled(inputs('vit'))[0], expected[0], atol=1e-3)
    torch._dynamo.reset()


def stage1(tuner, dtype=torch.float64, **kwargs):
    """Build stage 1 of two tuned towers, away from their start."""
    model = CVLP(
        tower('vit', tuner),
        tower('text', tuner),
        data_preprocessor=dict(type='BaseDataPreprocessor'),  # keeps float64
        **kwargs,
    )
    move(model.vision_backbone)
    move(model.text_backbone)
    return model.to(dtype).train()


def batch(count=6, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    samples = []
    for index in range(count):
        sample = DataSample().set_gt_label(index % 4)
        words = torch.randint(1, 60, (2 + index % 5,), generator=generator)
        sample.set_field(torch.cat([words, torch.tensor([63])]), 'text_tokens')
        samples.append(sample)
    return torch.randn(count, 3, 32, 32, generator=generator, dtype=dtype), samples


def step(model, inputs, samples):
    """Return the gradients of stage 1's loss."""
    losses = model(inputs, samples, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    inner = model.module if isinstance(model, DistributedDataParallel) else model
    return {n: p.grad.numpy() for n, p in inner.named_parameters() if p.requires_grad}


@pytest.mark.parametrize('tuner', TUNERS)
@pytest.mark.parametrize('teacher', [False, True])
def test_chunks_give_the_step_of_the_whole_batch(tuner, teacher):
    whole, chunked = (
        step(stage1(tuner, chunk_size=size, teacher=teacher), *batch()) for size in (None, 2)
    )
    assert whole.keys() == chunked.keys() and 'logit_scale' in whole
    for name, grad in whole.items():
        np.testing.assert_allclose(chunked[name], grad, rtol=1e-8, atol=1e-12, err_msg=name)


def of_one_rank(rank, world_size):
    """Two steps of SGD on this rank's share of the batch, with each tuner."""
    found = {}
    for tuner in TUNERS:
        model = stage1(tuner)
        images, samples = batch()
        share = len(samples) // world_size
        mine = slice(rank * share, (rank + 1) * share)
        wrapped = model if world_size == 1 else MMDistributedDataParallel(model)
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
        for _ in range(2):  # a parameter that got no gradient fails in the second
            optimizer.zero_grad()
            grads = step(wrapped, images[mine], samples[mine])
            optimizer.step()
        found.update({f'{tuner} {name}': grad for name, grad in grads.items()})
    return found


@pytest.mark.slow
def test_two_ranks_take_the_step_of_one_process():
    one = of_one_rank(0, 1)
    for two in run_ranks(of_one_rank):
        assert set(two) == set(one) and len(one) > 80
        for name, grad in one.items():
            np.testing.assert_allclose(two[name], grad, rtol=1e-8, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    'settings',
    [
        dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.5)),
        dict(
            optimizer=dict(type='AdamW', lr=0.1, weight_decay=0.5),
            paramwise_cfg=dict(custom_keys={'scale': dict(decay_mult=0)}),
            clip_grad=dict(max_norm=1.0),
        ),
    ],
)
def test_optimizers_leave_what_is_frozen(settings):
    """Neither decay nor memory goes to CLIP's numbers, in the host's own wrapper."""
    model = nn.Sequential(move(tower('vit', 'adaptformer')))
    before = copy.deepcopy(model.state_dict())
    wrapper = build_optim_wrapper(model, dict(type='OptimWrapper', **copy.deepcopy(settings)))
    for _ in range(2):
        wrapper.update_params(model[0](inputs('vit'))[0].square().mean())
    after = model.state_dict()
    for name in before:
        changed = not torch.equal(after[name], before[name])
        assert changed == name.startswith('0.tuner.'), name
    trained = {p for p in model.parameters() if p.requires_grad}
    assert set(wrapper.optimizer.state) == trained
