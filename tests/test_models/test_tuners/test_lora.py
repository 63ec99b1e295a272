"""The change of low rank against its formula."""

import pytest
import torch
from tuned_towers import move, tower

from vlltr_mm.models import OpenCLIPVisionBackbone


def low_rank(x, down, up):
    """x A B / r of rows x (L, d), with A = down^T and B = up^T, number by number."""
    rank, width = down.shape
    out = torch.zeros_like(x)
    for i, row in enumerate(x):
        hidden = [sum(row[k] * down[j, k] for k in range(width)) for j in range(rank)]
        for k in range(width):
            out[i, k] = sum(hidden[j] * up[k, j] for j in range(rank)) / rank
    return out


def attention_by_hand(x, weight, bias, out_weight, out_bias, part, heads):
    """Attention of one sequence (L, d) whose queries and values are changed."""
    width = x.shape[1]
    q, k, v = (x @ weight.T + bias).chunk(3, dim=1)
    q = q + low_rank(x, part['query_down'], part['query_up'])
    v = v + low_rank(x, part['value_down'], part['value_up'])
    size = width // heads
    joined = []
    for head in range(heads):
        mine = slice(head * size, (head + 1) * size)
        joined.append((q[:, mine] @ k[:, mine].T / size**0.5).softmax(dim=1) @ v[:, mine])
    return torch.cat(joined, dim=1) @ out_weight.T + out_bias


@pytest.mark.parametrize('kind', ['vit', 'timm_vit'])
def test_attention_and_gradients_against_loops(kind):
    backbone = move(tower(kind, 'lora'), 0.5).double()
    if kind == 'vit':
        block = backbone.visual.transformer.resblocks[1]
        attn, heads = block.attn, 2
        norm, own = block.ln_1, (attn.in_proj_weight, attn.in_proj_bias)
        out = attn.out_proj
    else:
        block = backbone.visual.trunk.blocks[1]
        attn, heads = block.attn, block.attn.num_heads
        norm, own = block.norm1, (attn.qkv.weight, attn.qkv.bias)
        out = attn.proj
    torch.manual_seed(1)
    x = torch.randn(2, 4, norm.normalized_shape[0], dtype=torch.float64, requires_grad=True)
    part = dict(backbone.tuner.parts[1].named_parameters())
    wanted = [x, *part.values()]
    weight = torch.randn(x.shape, dtype=torch.float64)

    def rest(u):
        if kind == 'vit':
            return u + block.mlp(block.ln_2(u))
        return u + block.ls2(block.mlp(block.norm2(u)))

    scale = torch.ones(()) if kind == 'vit' else getattr(block.ls1, 'gamma', torch.ones(()))
    expected = torch.stack(
        [
            rest(
                row + scale * attention_by_hand(norm(row), *own, out.weight, out.bias, part, heads)
            )
            for row in x
        ]
    )
    found = block(x)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)
    grads = [torch.autograd.grad((o * weight).sum(), wanted) for o in (found, expected)]
    torch.testing.assert_close(*grads, rtol=1e-8, atol=1e-9)
    assert all(grad.abs().max() > 0 for grad in grads[0])


def test_the_start():
    part = tower('vit', 'lora').tuner.parts[0].state_dict()
    bound = 32**-0.5  # kaiming uniform with a = √5
    for name in ('query', 'value'):
        down, up = part[f'{name}_down'], part[f'{name}_up']
        assert down.shape == (4, 32) and up.shape == (32, 4)
        assert not up.any() and 0.7 * bound < down.abs().max() <= bound
    assert not torch.equal(part['query_down'], part['value_down'])


def test_numbers_trained_of_vit_b16():
    with torch.device('meta'):
        tuned = OpenCLIPVisionBackbone('ViT-B-16', tuner=dict(type='LoRA', num_classes=1000))
    trained = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
    assert trained == 12 * 4 * 768 * 32 == 1_179_648


def test_mixed_precision_does_not_round_the_change():
    """The weights are added before they are rounded."""
    part = move(tower('vit', 'lora')).tuner.parts[0]
    block = tower('vit').visual.transformer.resblocks[0]
    exact = part.replaced(block)
    with torch.autocast('cpu', torch.bfloat16):
        mixed = part.replaced(block)
    for name in exact:
        assert torch.equal(mixed[name], exact[name]) and mixed[name].dtype == torch.float32
