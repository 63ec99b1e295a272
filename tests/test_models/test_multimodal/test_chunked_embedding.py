"""A step in chunks is the step of the whole batch."""

import logging
from functools import partial

import numpy as np
import pytest
import torch
from dist_utils import run_ranks
from live_bytes import LiveBytes
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.optim.optimizer import amp_optimizer_wrapper
from mmpretrain.structures import DataSample
from tiny_cvlp import Text, Vision, drift, make_batch, make_model
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.nn.utils import parameters_to_vector

from vlltr_mm.models import CVLP
from vlltr_mm.models.multimodal.chunked_embedding import embed_in_chunks

TEXT = dict(context_length=16, vocab_size=64, width=16, heads=2, layers=2)
ARCHS = dict(
    resnet=dict(
        embed_dim=8,
        vision_cfg=dict(image_size=32, layers=(1, 1, 1, 1), width=4, head_width=16),
        text_cfg=TEXT,
    ),
    vit=dict(
        embed_dim=8,
        vision_cfg=dict(image_size=16, patch_size=8, layers=2, width=16, head_width=8),
        text_cfg=TEXT,
    ),
)


def clip_model(arch, chunk_size, dtype=torch.float64, checkpointing=False):
    """Stage 1 on open_clip's towers, a little away from their teacher."""
    torch.manual_seed(0)
    towers = dict(arch=ARCHS[arch], grad_checkpointing=checkpointing)
    model = CVLP(
        dict(type='OpenCLIPVisionBackbone', **towers, norm_eval=True),
        dict(type='OpenCLIPTextBackbone', **towers),
        chunk_size=chunk_size,
        data_preprocessor=dict(type='BaseDataPreprocessor'),  # keeps float64
    )
    init_quietly(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape))
    return model.to(dtype).train()


def init_quietly(model):
    """Initialise without the host's lines for each parameter."""
    logging.disable(logging.INFO)
    model.init_weights()
    logging.disable(logging.NOTSET)


def clip_batch(size, count=6, seed=0, dtype=torch.float64):
    """Images and sentences of different lengths, as a loader gives them."""
    generator = torch.Generator().manual_seed(seed)
    samples = []
    for index in range(count):
        sample = DataSample().set_gt_label(index % 4)
        words = torch.randint(1, 60, (2 + index % 5,), generator=generator)
        sample.set_field(torch.cat([words, torch.tensor([63])]), 'text_tokens')
        sample.set_field(index, 'text_index')
        samples.append(sample)
    images = torch.randn(count, 3, size, size, generator=generator, dtype=dtype)
    return images, samples


def losses_and_gradients(model, batch):
    losses = model(*batch, mode='loss')
    model.zero_grad()
    model.parse_losses(losses)[0].backward()
    grads = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return {k: v.detach() for k, v in losses.items()}, grads


@pytest.mark.parametrize('arch, size', [('resnet', 32), ('vit', 16)])
@pytest.mark.parametrize('chunk_size, checkpointing', [(1, False), (4, False), (4, True)])
def test_gradients_are_those_of_the_whole_batch(arch, size, chunk_size, checkpointing):
    batch = clip_batch(size)
    bank = torch.randn(6, 8, dtype=torch.float64)
    results = []
    for chunk in (None, chunk_size):
        model = clip_model(arch, chunk, checkpointing=checkpointing)
        results.append(losses_and_gradients(model, batch))
        model.set_teacher_text_bank(bank)
        results.append(losses_and_gradients(model, batch))
    for plain, chunked in zip(results[:2], results[2:]):
        assert 'logit_scale' in plain[1] and 'loss_distill' in plain[0]
        # float64: sums in another order
        torch.testing.assert_close(chunked, plain, rtol=1e-9, atol=1e-12)


def train_steps(model, make, steps=3, optimizer=torch.optim.AdamW, **kwargs):
    """Take steps as a Runner does, and return the log of the last and the weights."""
    dtype = next(model.parameters()).dtype
    optimizer = optimizer([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    wrapper = make(optimizer=optimizer, clip_grad=dict(max_norm=0.05), **kwargs)
    for step in range(steps):
        images, samples = clip_batch(16, seed=step, dtype=dtype)
        data = dict(inputs=images, data_samples=samples)
        log = model.train_step(data, optim_wrapper=wrapper)
    return log, {k: p.detach().clone() for k, p in model.named_parameters()}


@pytest.mark.parametrize('accumulated', [1, 2])
def test_weights_after_clipped_steps_of_adamw(accumulated):
    plain, chunked = (
        train_steps(clip_model('vit', chunk), OptimWrapper, accumulative_counts=accumulated)
        for chunk in (None, 2)
    )
    assert plain[0].keys() == chunked[0].keys()
    torch.testing.assert_close(chunked[1], plain[1], rtol=1e-6, atol=1e-9)


@pytest.fixture
def amp_on_cpu(monkeypatch):
    """MMEngine's wrapper, which asks for a GPU, with torch's scaler for CPUs."""
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
    monkeypatch.setattr(amp_optimizer_wrapper, 'GradScaler', partial(torch.amp.GradScaler, 'cpu'))
    return partial(AmpOptimWrapper, dtype='bfloat16')


def test_mixed_precision_with_a_scaler(amp_on_cpu):
    def moved(chunk_size, make):
        model = clip_model('vit', chunk_size, torch.float32)
        start = parameters_to_vector(model.parameters()).detach().clone()
        train_steps(model, make, steps=1, optimizer=torch.optim.SGD)
        return parameters_to_vector(model.parameters()).detach() - start

    exact, plain, chunked = moved(None, OptimWrapper), moved(None, amp_on_cpu), moved(1, amp_on_cpu)
    off = (plain - exact).norm() / exact.norm()
    assert 1e-4 < off < 0.2  # bfloat16 it was
    assert (chunked - exact).norm() <= 1.5 * (plain - exact).norm()


def test_chunks_are_summed_in_single_precision():
    """As over GPUs: many chunks must not lose what bfloat16 sums would."""
    torch.manual_seed(0)
    linear = nn.Linear(4, 1, bias=False)
    rows = 1 + 1e-3 * torch.randn(512, 4)

    def gradient(chunk_size):
        linear.zero_grad()
        with torch.autocast('cpu', torch.bfloat16):
            embed_in_chunks(lambda x: (linear(x),), rows, chunk_size).sum().backward()
        return linear.weight.grad.clone()

    torch.testing.assert_close(gradient(1), torch.full((1, 4), 512.0), rtol=4e-3, atol=0)


def test_a_skipped_step_leaves_the_weights(amp_on_cpu):
    model = clip_model('vit', 2, torch.float32)
    before = {k: p.detach().clone() for k, p in model.named_parameters()}
    model.loss_module.loss_weight = float('inf')
    wrapper = amp_on_cpu(optimizer=torch.optim.AdamW(model.parameters()))
    images, samples = clip_batch(16, dtype=torch.float32)
    log = model.train_step(dict(inputs=images, data_samples=samples), wrapper)
    assert not log['loss_ccl'].isfinite()
    assert all(torch.equal(before[k], p) for k, p in model.named_parameters())
    assert wrapper.loss_scaler.get_scale() == 2.0**15


class Masked(Vision):
    """A tower with dropout."""

    def forward(self, x):
        return (nn.functional.dropout(super().forward(x)[-1], 0.5, self.training),)


def test_dropout_drops_the_same_both_times():
    images, _ = make_batch()
    weights = torch.randn(6, 4)
    grads = []
    for chunked in (True, False):
        torch.manual_seed(3)
        tower = Masked()
        torch.manual_seed(4)
        if chunked:
            feats = embed_in_chunks(tower, images, 2)
            torch.rand(7)  # others draw in between
        else:
            feats = torch.cat([tower(chunk)[-1] for chunk in images.split(2)])
        (feats * weights).sum().backward()
        grads.append(tower.proj.weight.grad)
    torch.testing.assert_close(*grads)


def test_a_tower_sees_a_chunk_at_a_time_and_memory_is_that_of_one():
    class Wide(Vision):
        def forward(self, x):
            hidden = x.mean(dim=(2, 3))[:, :1] * torch.ones(1, 100_000)
            return (
                super().forward(x)[-1] + hidden.sin().mean(dim=1, keepdim=True) * self.proj.bias,
            )

    images = torch.randn(32, 3, 2, 2, requires_grad=True)
    peaks = {}
    for chunk_size in (None, 4):
        tower = Wide()
        with LiveBytes() as live:
            embed_in_chunks(tower, images, chunk_size).square().sum().backward()
        peaks[chunk_size] = live.peak
    assert peaks[None] > 32 * 400_000
    assert peaks[4] < peaks[None] / 6


def shares(rank, world_size):
    """The losses of two steps of this rank's shares, and what the steps left behind."""
    found = {}
    for accumulated in (1, 2):
        for chunk_size in (None, 1):
            model = clip_model('vit', chunk_size)
            reduced = []
            wrapped = model
            if world_size > 1:
                wrapped = MMDistributedDataParallel(model)
                wrapped.register_comm_hook(reduced, _counted)
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
            wrapper = OptimWrapper(optimizer, accumulated, dict(max_norm=0.05))
            losses = []
            for step in range(2):
                images, samples = clip_batch(16, count=8, seed=step)
                mine = slice(rank * 8 // world_size, (rank + 1) * 8 // world_size)
                data = dict(inputs=images[mine], data_samples=samples[mine])
                losses.append(wrapped.train_step(data, wrapper)['loss_ccl'].item())
            weights = {k: p.detach().numpy() for k, p in model.named_parameters()}
            found[accumulated, chunk_size] = losses, weights, len(reduced)
    return found


def _counted(reduced, bucket):
    reduced.append(bucket.index())
    return allreduce_hook(None, bucket)


@pytest.mark.slow
def test_two_ranks_in_chunks_are_one_process():
    one = shares(0, 1)
    ranks = run_ranks(shares)
    for accumulated in (1, 2):
        losses, weights, _ = one[accumulated, None]
        for chunk_size in (None, 1):
            found = [rank[accumulated, chunk_size] for rank in ranks]
            np.testing.assert_allclose(np.mean([f[0] for f in found], axis=0), losses, rtol=1e-6)
            for _, own, reductions in found:
                # as often as without chunks, not once for each
                assert reductions == ranks[0][accumulated, None][2] > 0
                for name, expected in weights.items():
                    np.testing.assert_allclose(
                        own[name], expected, rtol=1e-5, atol=1e-7, err_msg=name
                    )


def test_batch_norm_of_the_batch_is_refused():
    def build(norm_eval, **kwargs):
        return CVLP(
            dict(type='OpenCLIPVisionBackbone', arch=ARCHS['resnet'], norm_eval=norm_eval),
            dict(type='OpenCLIPTextBackbone', arch=ARCHS['resnet']),
            **kwargs,
        )

    with pytest.raises(
        ValueError,
        match=r'vision_backbone.visual.bn1 \(BatchNorm2d\) normalises by the batch, and '
        'chunk_size=4 .*norm_eval=True',
    ):
        build(False, chunk_size=4)
    build(False)
    model = build(True, chunk_size=4)
    model.eval()
    model.vision_backbone.norm_eval = False
    with pytest.raises(ValueError, match='chunk_size=None'):
        model.train()


@pytest.mark.parametrize('value', [0, -1, 2.5, 'all'])
def test_sizes_that_are_none(value):
    with pytest.raises(ValueError, match='chunk_size'):
        make_model(chunk_size=value)


def test_a_frozen_tower_gets_no_gradient():
    model = make_model(chunk_size=2)
    model.init_weights()
    drift(model)
    model.vision_backbone.requires_grad_(False)
    grads = losses_and_gradients(model, make_batch())[1]
    assert set(grads) == {
        'logit_scale',
        *(f'text_backbone.{n}' for n, _ in Text().named_parameters()),
    }
