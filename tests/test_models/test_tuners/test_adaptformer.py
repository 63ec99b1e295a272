"""The branch beside the MLP against its formula."""

import pytest
import torch
from clip_files import tiny_arch, vision
from tuned_towers import inputs, move, tower

from vlltr_mm.models import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from vlltr_mm.models.tuners import bottleneck as bottleneck_module
from vlltr_mm.models.tuners import tuner as tuner_module
from vlltr_mm.models.tuners.bottleneck import bottleneck_rule


def norm(x, weight, bias, eps=1e-5):
    """LayerNorm of one vector."""
    mean = x.sum() / len(x)
    variance = ((x - mean) ** 2).sum() / len(x)
    return (x - mean) / (variance + eps).sqrt() * weight + bias


def branch(u, part):
    """s · (W_up · ReLU(W_down · LN(u) + b_down) + b_up) of one vector u, in loops."""
    a = norm(u, part['norm.weight'], part['norm.bias'])
    hidden = [
        torch.clamp(sum(w * v for w, v in zip(row, a)) + b, min=0)
        for row, b in zip(part['down.weight'], part['down.bias'])
    ]
    return torch.stack(
        [
            part['scale'] * (sum(w * h for w, h in zip(row, hidden)) + b)
            for row, b in zip(part['up.weight'], part['up.bias'])
        ]
    )


def block_by_hand(block, x, part, heads, mask=None):
    """One block, (L, d) → (L, d), token by token; weights by open_clip's names."""
    length, width = x.shape
    a = torch.stack([norm(row, block['ln_1.weight'], block['ln_1.bias']) for row in x])
    qkv = a @ block['attn.in_proj_weight'].T + block['attn.in_proj_bias']
    size = width // heads
    joined = []
    for head in range(heads):
        q, k, v = (
            qkv[:, i * width + head * size : i * width + (head + 1) * size] for i in range(3)
        )
        scores = q @ k.T / size**0.5
        joined.append((scores if mask is None else scores + mask).softmax(dim=1) @ v)
    out = torch.cat(joined, 1) @ block['attn.out_proj.weight'].T + block['attn.out_proj.bias']
    rows = []
    for u in x + out:
        hidden = block['mlp.c_fc.weight'] @ norm(u, block['ln_2.weight'], block['ln_2.bias'])
        hidden = torch.nn.functional.gelu(hidden + block['mlp.c_fc.bias'])
        mlp = block['mlp.c_proj.weight'] @ hidden + block['mlp.c_proj.bias']
        rows.append(u + mlp + branch(u, part))
    return torch.stack(rows)


@pytest.mark.parametrize('kind', ['vit', 'text'])
def test_outputs_and_gradients_against_loops(kind):
    backbone = move(tower(kind, 'adaptformer'), 0.3).double()
    block = backbone.tower.transformer.resblocks[1]
    torch.manual_seed(1)
    width = block.ln_1.normalized_shape[0]
    x = torch.randn(2, 5, width, dtype=torch.float64, requires_grad=True)
    mask = backbone.text.attn_mask[:5, :5].double() if kind == 'text' else None
    weight = torch.randn(2, 5, width, dtype=torch.float64)
    part = dict(backbone.tuner.parts[1].named_parameters())
    wanted = [x, *part.values()]
    outputs = block(x, attn_mask=mask)
    found = torch.autograd.grad((outputs * weight).sum(), wanted)
    by_hand = torch.stack(
        [block_by_hand(dict(block.named_parameters()), row, part, 2, mask) for row in x]
    )
    expected = torch.autograd.grad((by_hand * weight).sum(), wanted)
    # float64: sums in another order
    torch.testing.assert_close(outputs, by_hand, rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-9)
    assert all(grad.abs().max() > 0 for grad in found)


def test_the_branch_begins_as_nothing():
    torch.manual_seed(0)
    wide = dict(image_size=32, patch_size=16, layers=3, width=768, mlp_ratio=0.1)
    parts = OpenCLIPVisionBackbone(
        dict(tiny_arch(), vision_cfg=wide), tuner=dict(type='AdaptFormer', bottleneck=64)
    ).tuner.parts
    assert len(parts) == 3
    for part in parts:
        state = part.state_dict()
        assert state['scale'] == 1 and state['scale'].shape == ()
        assert not state['up.weight'].any() and not state['up.bias'].any()
        assert not state['down.bias'].any() and not state['norm.bias'].any()
        assert (state['norm.weight'] == 1).all() and part.norm.eps == 1e-5
        # √(2 / (1 + 5)) / √768; 64 · 768 draws
        assert state['down.weight'].std().item() == pytest.approx(0.0208, abs=3e-4)


@pytest.mark.parametrize(
    'classes, bottleneck, numbers',
    [(1000, 32, 617_868), (365, 8, 175_212), (8142, 256, 4_749_324), (100, 4, 101_436)],
)
def test_numbers_trained_of_vit_b16(classes, bottleneck, numbers, monkeypatch):
    said = []
    for module in (tuner_module, bottleneck_module):
        monkeypatch.setattr(module, 'print_log', lambda text, *_: said.append(text))
    with torch.device('meta'):
        tuned = OpenCLIPVisionBackbone(
            'ViT-B-16', tuner=dict(type='AdaptFormer', num_classes=classes)
        )
    trained = [p for p in tuned.parameters() if p.requires_grad]
    assert sum(p.numel() for p in trained) == numbers
    assert tuned.tuner.parts[0].down.out_features == bottleneck
    assert said == [
        f'bottleneck={bottleneck}, of {classes} classes and 12 blocks',
        f'AdaptFormer trains {numbers:,} numbers of a tower',
    ]


def test_the_rule():
    for classes in range(1, 3000, 7):
        for depth in (1, 2, 12, 24):
            r = bottleneck_rule(classes, depth)
            # r is the largest power of two with 2 L r <= C, or 1.
            assert bin(r).count('1') == 1
            assert r == 1 or 2 * depth * r <= classes
            assert 2 * depth * 2 * r > classes
    with torch.device('meta'):
        text = OpenCLIPTextBackbone('ViT-B-16', tuner=dict(type='LoRA', num_classes=1000))
    assert text.tuner.parts[11].query_down.shape == (32, 512)


@pytest.mark.parametrize('name', ['AdaptFormer', 'LoRA'])
def test_widths_that_are_none(name):
    for given in (dict(), dict(bottleneck=4, num_classes=10)):
        with pytest.raises(ValueError, match='bottleneck is .* and num_classes .*; give one'):
            vision(tuner=dict(type=name, **given))
    for given in (dict(bottleneck=0), dict(bottleneck=2.5), dict(num_classes=-1)):
        (key,) = given
        with pytest.raises(ValueError, match=f'{key} is .* whole number'):
            vision(tuner=dict(type=name, **given))


def test_learns():
    """Its numbers fit random targets; CLIP's stay."""
    tuned = tower('vit', 'adaptformer')
    x, target = inputs('vit'), torch.randn(3, 16)
    optimizer = torch.optim.AdamW(tuned.parameters(), lr=1e-2, weight_decay=0.5)
    before = {k: v.clone() for k, v in tuned.visual.state_dict().items()}
    losses = []
    for _ in range(20):
        loss = (tuned(x)[0] - target).square().mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]
    assert all(torch.equal(v, before[k]) for k, v in tuned.visual.state_dict().items())
    held = sum(t.numel() for s in optimizer.state.values() for t in s.values() if t.ndim)
    scales = len(tuned.tuner.parts)  # of no axes, as the step counters are
    assert held == 2 * (sum(p.numel() for p in tuned.tuner.parameters()) - scales)
