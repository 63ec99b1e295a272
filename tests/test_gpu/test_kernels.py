"""Attention, heads and anchor selection on a GPU, against float64."""

import pytest
import torch
import torch.nn.functional as F
from attention_cases import (
    draw,
    our_attention,
    ours,
    plain,
    plain_attention,
    random_features,
    trained_like,
    value_and_grads,
)
from gpu_device import DEVICE, HALF, ON_CPU
from mmpretrain.structures import DataSample

from vlltr_mm.models import AdditiveLGRHead, AnSS, KNNClsHead, LGRHead, PrototypeClsHead
from vlltr_mm.models.heads import blocked_attention
from vlltr_mm.structures import FeatureBank

# What drivers and libraries of a card warn of is no fault of ours.
pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings('default')]
# Of a cosine, and of a gradient as a share of its norm: performance.md has
# what a CPU was measured to, which rounds in other places.
BOUNDS = dict(float64=(1e-10, 1e-9), float32=(2e-5, 2e-4), float16=(2e-3, 2e-2))
BOUNDS['bfloat16'] = (1e-2, 1e-1)


def on_device(case, dtype):
    x, anchors, mask, parts = case
    to = dict(device=DEVICE, dtype=dtype)
    return x.to(**to), anchors.to(**to), mask.to(DEVICE), [p.to(**to) for p in parts]


def shares(found, right):
    return [float((a.cpu().double() - b).norm() / b.norm()) for a, b in zip(found, right)]


@pytest.mark.parametrize('detach_norm', [False, True])
@pytest.mark.parametrize('precision', BOUNDS)
@pytest.mark.parametrize('make', [random_features, trained_like])
def test_blocked_attention(make, precision, detach_norm):
    right, slopes = value_and_grads(plain, *make(), detach_norm)
    half = precision in ('float16', 'bfloat16')
    if half and ON_CPU:
        precision = 'bfloat16'
    case = on_device(make(), torch.float32 if half else getattr(torch, precision))
    with torch.autocast(DEVICE, getattr(torch, precision), enabled=half):
        found, grads = value_and_grads(ours, *case, detach_norm)
    cosine, gradient = BOUNDS[precision]
    assert found.dtype == (torch.float64 if precision == 'float64' else torch.float32)
    assert (found.cpu().double() - right).abs().max() <= cosine
    # The bias of the keys' norm has none.
    assert max(shares(grads[:-1], slopes[:-1])) <= gradient


@pytest.mark.parametrize('precision', ['float16', 'bfloat16'])
def test_anchors_in_half_precision(precision):
    x, anchors, mask, parts = random_features()
    right = plain(x, anchors, mask, parts)
    case = on_device((x, anchors, mask, parts), torch.float32)
    stored = case[1].to(getattr(torch, precision))
    found = ours(case[0], stored, *case[2:])
    assert (found.cpu().double() - right).abs().max() <= BOUNDS[precision][0]


def test_attention_weights_and_blocks(monkeypatch):
    case = draw(6, 11, 5, 24, torch.float64)
    right = plain_attention(*case)
    for size in (1, blocked_attention._DEVICE_BLOCKS):
        monkeypatch.setattr(blocked_attention, '_DEVICE_BLOCKS', size)
        found = our_attention(*on_device(case, torch.float32))
        torch.testing.assert_close(found.cpu().double(), right, rtol=0, atol=1e-5)


def make_head(kind, **kwargs):
    torch.manual_seed(0)
    head = kind(6, 16, num_anchors=3, logit_scale=2.0, **kwargs)
    head.set_anchors(torch.randn(6, 3, 16), torch.ones(6, 3, dtype=torch.bool))
    return head


def head_batch(device, count=30):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, 16, generator=generator).to(device)
    samples = [DataSample().set_gt_label(i % 6).to(device) for i in range(count)]
    return (x,), samples


@pytest.mark.parametrize('kind', [LGRHead, AdditiveLGRHead])
def test_a_head_learns_in_half_precision(kind):
    head = make_head(kind).to(DEVICE)
    optimizer = torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], lr=1e-2)
    scaler = torch.amp.GradScaler(DEVICE)
    feats, samples = head_batch(DEVICE)
    losses = []
    for _ in range(20):
        with torch.autocast(DEVICE, getattr(torch, HALF)):
            loss = sum(head.loss(feats, samples).values())
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    assert all(p.isfinite().all() for p in head.parameters())


@pytest.mark.parametrize('kind', [LGRHead, AdditiveLGRHead])
def test_a_head_predicts_what_the_processor_predicts(kind):
    head = make_head(kind).eval()
    with torch.no_grad():
        right = head(head_batch('cpu')[0])
        moved = head.to(DEVICE)
        found = moved(head_batch(DEVICE)[0])
        state = {k: v.cpu() for k, v in moved.state_dict().items()}
    torch.testing.assert_close(found.cpu(), right, rtol=1e-4, atol=1e-4)
    again = make_head(kind).eval()
    again.load_state_dict(state)
    torch.testing.assert_close(again(head_batch('cpu')[0]), right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('dtype, bound', [(None, 2e-4), ('float16', 0.15), ('bfloat16', 1.2)])
def test_anchor_selection(dtype, bound):
    generator = torch.Generator().manual_seed(0)
    texts, images = (
        F.normalize(torch.randn(n, 32, generator=generator).double() + 0.3, dim=1)
        for n in (90, 2000)
    )
    labels, image_labels = torch.arange(90) % 5, torch.arange(2000) % 5
    right = AnSS().score(texts, labels, images, image_labels, 100.0)
    selector = AnSS(num_anchors=4, block_size=32, product_dtype=dtype)
    texts, images = (t.float().to(DEVICE) for t in (texts, images))
    labels = labels.to(DEVICE)
    found = selector.score(texts, labels, images, image_labels.to(DEVICE), 100.0)
    assert (found.cpu().double() - right).abs().max() <= bound
    rows = selector.rank(labels, 5, found)
    assert rows.shape == (5, 4) and (labels[rows] == torch.arange(5, device=DEVICE)[:, None]).all()


@pytest.mark.parametrize(
    'make',
    [lambda: KNNClsHead(4, k=3), lambda: PrototypeClsHead(4, 8, center=True, metric='euclidean')],
)
def test_heads_without_training(make):
    generator = torch.Generator().manual_seed(0)
    feats, labels = torch.randn(40, 8, generator=generator), torch.arange(40) % 4
    images = torch.randn(9, 8, generator=generator)
    scores = []
    for device in ('cpu', DEVICE):
        head = make().to(device)
        head.set_bank(FeatureBank(feats.to(device), labels.to(device)))
        scores.append(head((images.to(device),)).cpu())
        predicted = head.predict((images.to(device),))
        assert [int(s.pred_label) for s in predicted] == scores[-1].argmax(dim=1).tolist()
    torch.testing.assert_close(*scores, rtol=1e-4, atol=1e-4)
