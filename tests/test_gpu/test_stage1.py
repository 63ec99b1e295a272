"""Stage 1 on a GPU: mixed precision with a scaler, and steps in chunks."""

import logging

import pytest
import torch
from gpu_device import DEVICE, HALF, amp_anywhere
from mmengine.optim import AmpOptimWrapper
from mmpretrain.structures import DataSample

from vlltr_mm.models import CVLP

# What drivers and libraries of a card warn of is no fault of ours.
pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings('default')]
TEXT = dict(context_length=16, vocab_size=64, width=16, heads=2, layers=2)
VISION = dict(
    resnet=dict(image_size=32, layers=(1, 1, 1, 1), width=8, head_width=16),
    vit=dict(image_size=32, patch_size=16, layers=2, width=32, head_width=16),
)
both_towers = pytest.mark.parametrize('kind', VISION)


def make_model(kind, chunk_size=None, **kwargs):
    torch.manual_seed(0)
    arch = dict(embed_dim=16, vision_cfg=VISION[kind], text_cfg=TEXT)
    model = CVLP(
        dict(type='OpenCLIPVisionBackbone', arch=arch, norm_eval=True, **kwargs),
        dict(type='OpenCLIPTextBackbone', arch=arch, **kwargs),
        chunk_size=chunk_size,
    )
    logging.disable(logging.INFO)
    model.init_weights()
    logging.disable(logging.NOTSET)
    return model.to(DEVICE).train()


def batch(count=16):
    generator = torch.Generator().manual_seed(1)
    samples = []
    for index in range(count):
        words = torch.randint(1, 60, (2 + index % 7,), generator=generator)
        sample = DataSample(text_index=index).set_gt_label(index % 5)
        sample.set_field(torch.cat([words, torch.tensor([63])]), 'text_tokens')
        samples.append(sample)
    images = torch.randint(0, 256, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
    return dict(inputs=images, data_samples=samples)


@both_towers
@pytest.mark.parametrize('chunk_size', [None, 4])
def test_steps_in_half_precision_with_a_scaler(kind, chunk_size):
    model = make_model(kind, chunk_size)
    model.set_teacher_text_bank(torch.randn(16, 16))
    with amp_anywhere():
        wrapper = AmpOptimWrapper(
            dtype=HALF,
            optimizer=torch.optim.AdamW(model.parameters(), lr=1e-3),
            clip_grad=dict(max_norm=1.0),
        )
    losses = [model.train_step(batch(), wrapper)['loss_ccl'].item() for _ in range(20)]
    assert losses[-1] < losses[0]
    assert all(p.isfinite().all() for p in model.parameters())
    assert wrapper.loss_scaler.get_scale() > 1
    assert model.teacher.logit_scale.device.type == torch.device(DEVICE).type


def gradients(model, data, half):
    model.zero_grad()
    with torch.autocast(DEVICE, getattr(torch, HALF), enabled=half):
        losses = model(**model.data_preprocessor(data, True), mode='loss')
    (1024 * model.parse_losses(losses)[0]).backward()
    return torch.cat([p.grad.float().flatten() for p in model.parameters() if p.grad is not None])


@both_towers
@pytest.mark.parametrize('half, bound', [(False, 1e-4), (True, 5e-2)])
@pytest.mark.parametrize('checkpointing', [False, True])
def test_chunks_give_the_gradient_of_the_whole(kind, half, bound, checkpointing):
    found = [
        gradients(make_model(kind, size, grad_checkpointing=checkpointing), batch(), half)
        for size in (None, 4)
    ]
    assert (found[0] - found[1]).norm() <= bound * found[0].norm()


def test_chunks_are_summed_in_single_precision():
    from vlltr_mm.models.multimodal.chunked_embedding import embed_in_chunks

    linear = torch.nn.Linear(8, 8, bias=False).to(DEVICE)
    rows = 1 + 1e-3 * torch.randn(512, 8, generator=torch.Generator().manual_seed(0)).to(DEVICE)
    with torch.autocast(DEVICE, torch.bfloat16):
        embed_in_chunks(lambda x: (linear(x),), rows, 1).sum().backward()
    expected = torch.full((8, 8), 512.0, device=DEVICE)
    torch.testing.assert_close(linear.weight.grad, expected, rtol=4e-3, atol=0)


def test_memory_is_that_of_a_chunk():
    if not torch.cuda.is_available():
        pytest.skip('the allocator of CUDA counts')
    data = batch(256)
    peaks = []
    for size in (None, 16):
        model = make_model('resnet', size)
        gradients(model, data, True)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        gradients(model, data, True)
        peaks.append(torch.cuda.max_memory_allocated() - before)
    assert peaks[1] < peaks[0] / 3
