"""Cosine logits, their range, and a checkpoint's round trip."""

import math

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from vlltr_mm.models import CosineLinearClsHead
from vlltr_mm.structures import FeatureBank


def head(**kwargs):
    torch.manual_seed(0)
    return CosineLinearClsHead(num_classes=3, in_channels=5, **kwargs)


@pytest.mark.parametrize('scale', [1.0, 30.0])
def test_equals_plain_cosines(scale):
    module, feats = head(scale=scale), torch.randn(4, 5)
    logits = module((None, feats)).tolist()
    for i, x in enumerate(feats.tolist()):
        for c, w in enumerate(module.fc.weight.tolist()):
            dot = sum(a * b for a, b in zip(x, w))
            norms = math.sqrt(sum(a * a for a in x) * sum(b * b for b in w))
            # Single precision.
            assert logits[i][c] == pytest.approx(scale * dot / norms, rel=1e-4, abs=1e-6 * scale)


def test_by_hand_and_norms_do_not_matter():
    module = head()
    with torch.no_grad():
        module.fc.weight.copy_(torch.eye(5)[:3])
    x = torch.tensor([[3.0, 4.0, 0.0, 0.0, 0.0]])
    expected = torch.tensor([[0.6, 0.8, 0.0]])
    torch.testing.assert_close(module((x,)), expected)
    with torch.no_grad():
        module.fc.weight.mul_(7)
    torch.testing.assert_close(module((100 * x,)), expected)


def test_a_feature_on_its_weight_has_a_finite_gradient():
    module = head()
    x = module.fc.weight.detach()[:1].clone().requires_grad_()
    module((x,))[0, 0].backward()
    assert x.grad.isfinite().all() and module.fc.weight.grad.isfinite().all()


def test_autocast_keeps_the_digits():
    module, x = head(scale=30.0), torch.randn(4, 5)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        logits = module((x,))
    torch.testing.assert_close(logits, module((x,)))
    assert module.half()((x.half(),)).dtype == torch.float16


def test_predict_and_checkpoint():
    config = dict(
        type='CosineLinearClsHead',
        num_classes=3,
        in_channels=5,
        loss=dict(type='LDAMLoss', class_counts=[9, 3, 1]),
    )
    module, other = MODELS.build(config), MODELS.build(config)
    assert list(module.state_dict()) == ['fc.weight']
    other.load_state_dict(module.state_dict())
    x = torch.randn(4, 5)
    torch.testing.assert_close(other((x,)), module((x,)))
    predicted = module.predict((x,), [DataSample() for _ in range(4)])
    assert [int(s.pred_label) for s in predicted] == module((x,)).argmax(dim=1).tolist()
    torch.testing.assert_close(predicted[0].pred_score, module((x,))[0].softmax(dim=0))


def test_errors():
    with pytest.raises(ValueError, match='num_classes is 0'):
        CosineLinearClsHead(num_classes=0, in_channels=5)
    with pytest.raises(ValueError, match='scale is 0'):
        head(scale=0)
    with pytest.raises(ValueError, match='scale is inf; give a finite value'):
        head(scale=float('inf'))


def test_starts_from_the_means_of_a_bank(tmp_path):
    path = str(tmp_path / 'text.safetensors')
    feats = torch.tensor([[0.0, 2, 0, 0, 0], [3.0, 0, 0, 0, 0], [0, 0, 4.0, 0, 0], [0, 0, 0, 1, 0]])
    FeatureBank(feats, torch.tensor([1, 0, 2, 2])).save(path)
    module = head(scale=100.0, prototypes=path)
    module.init_weights()
    expected = torch.tensor([[1.0, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0.5, 0.5, 0]])
    assert torch.equal(module.fc.weight, expected)
    FeatureBank(feats[:3], torch.tensor([1, 0, 1])).save(path)
    with pytest.raises(ValueError, match=r'text\.safetensors: Class 2 has no row in the bank'):
        module.init_weights()
    FeatureBank(torch.eye(3), torch.arange(3)).save(path)
    with pytest.raises(ValueError, match=r'text\.safetensors: The bank has features of width 3'):
        module.init_weights()
    with pytest.raises(FileNotFoundError, match='none does not exist'):
        head(prototypes='none').init_weights()
