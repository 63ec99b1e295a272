"""τ-normalisation and weight scaling, against plain loops."""

import math

import pytest
import torch
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample

from vlltr_mm.models import LWSClsHead, TauNormClsHead

C, D = 4, 3


def linear_head(seed=0):
    torch.manual_seed(seed)
    head = LinearClsHead(C, D)
    torch.nn.init.normal_(head.fc.weight)
    torch.nn.init.normal_(head.fc.bias)
    return head


def checkpoint(tmp_path, head=None, **extra):
    """Write what a run with a backbone and this head writes."""
    state = {f'head.{k}': v for k, v in (head or linear_head()).state_dict().items()}
    state['backbone.fc.weight'] = torch.zeros(1)
    path = tmp_path / 'epoch_1.pth'
    torch.save(dict(meta=dict(epoch=1), state_dict=dict(state, **extra)), path)
    return str(path)


def images(count=6):
    return torch.randn(count, D, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize('tau', [0, 0.3, 1.0, 2.0])
def test_tau_norm_equals_plain_loops(tau):
    linear = linear_head()
    head = TauNormClsHead(C, D, tau=tau)
    head.load_state_dict(linear.state_dict(), strict=True)
    plain = []
    for x in images().tolist():
        plain.append([])
        for w in linear.fc.weight.tolist():
            norm = math.sqrt(sum(v * v for v in w))
            scaled = [v / norm**tau for v in w]
            plain[-1].append(sum(a * b for a, b in zip(scaled, x)))
    torch.testing.assert_close(head((images(),)), torch.tensor(plain))


def test_tau_norm_by_hand():
    head = TauNormClsHead(2, 2, tau=0.5)
    state = {'fc.weight': [[0.0, 4.0], [1.0, 0.0]], 'fc.bias': [9.0, 9.0]}
    head.load_state_dict({k: torch.tensor(v) for k, v in state.items()})
    x = torch.tensor([[3.0, 1.0]])
    assert head((x,)).tolist() == [[2.0, 3.0]]
    head.tau = 0
    assert head((x,)).tolist() == [[4.0, 3.0]]


def test_a_class_without_weight_gets_no_nan():
    head = TauNormClsHead(C, D, tau=2.0)
    torch.nn.init.zeros_(head.fc.weight)
    assert not head((images(),)).any()


def test_at_tau_one_the_norms_of_the_rows_do_not_matter():
    linear = linear_head()
    head = TauNormClsHead(C, D, tau=1.0)
    head.load_state_dict(linear.state_dict())
    before = head((images(),))
    head.fc.weight.data *= torch.tensor([[3.0], [1.0], [0.2], [9.0]])
    torch.testing.assert_close(head((images(),)), before)


def test_lws_equals_plain_loops():
    linear = linear_head()
    head = LWSClsHead(C, D)
    head.fc.load_state_dict(linear.fc.state_dict())
    head.scales.data = torch.tensor([0.5, 2.0, -1.0, 3.0])
    plain = [
        [
            f * (sum(a * b for a, b in zip(w, x)) + bias)
            for f, w, bias in zip(
                head.scales.tolist(), linear.fc.weight.tolist(), linear.fc.bias.tolist()
            )
        ]
        for x in images().tolist()
    ]
    torch.testing.assert_close(head((images(),)), torch.tensor(plain))


def test_lws_starts_from_the_linear_head(tmp_path):
    linear = linear_head()
    head = LWSClsHead(C, D, linear=checkpoint(tmp_path, linear))
    head.init_weights()
    assert torch.equal(head((images(),)), linear((images(),)))


def test_lws_trains_the_scales_alone(tmp_path):
    head = LWSClsHead(C, D, linear=checkpoint(tmp_path))
    head.init_weights()
    before = {k: v.clone() for k, v in head.fc.state_dict().items()}
    assert [n for n, p in head.named_parameters() if p.requires_grad] == ['scales']
    optimizer = torch.optim.SGD([p for p in head.parameters() if p.requires_grad], lr=0.1)
    feats = (images(32),)
    samples = [DataSample().set_gt_label(i % C) for i in range(32)]
    losses = []
    for _ in range(20):
        losses.append(head.loss(feats, samples)['loss'])
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < losses[0]
    assert not torch.equal(head.scales, torch.ones(C))
    assert all(torch.equal(v, before[k]) for k, v in head.fc.state_dict().items())


def test_a_linear_checkpoint_is_a_tau_norm_checkpoint(tmp_path):
    linear = linear_head()
    head = TauNormClsHead(C, D, linear=checkpoint(tmp_path, linear))
    assert list(head.state_dict()) == list(linear.state_dict())
    head.init_weights()
    assert torch.equal(head.fc.weight, linear.fc.weight)
    assert torch.equal(head.fc.bias, linear.fc.bias)


def test_tensors_of_the_loss_are_no_obstacle(tmp_path):
    path = checkpoint(tmp_path, **{'head.loss_module.class_weight': torch.ones(C)})
    TauNormClsHead(C, D, linear=path).init_weights()


@pytest.mark.parametrize('kind', [TauNormClsHead, LWSClsHead])
def test_errors_of_the_linear_checkpoint(kind, tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.pth'):
        kind(C, D, linear=str(tmp_path / 'gone.pth')).init_weights()
    path = checkpoint(tmp_path)
    with pytest.raises(
        ValueError,
        match=r'epoch_1.pth: head.fc.weight is \(4, 3\), .* takes '
        r'\(5, 3\); correct num_classes',
    ):
        kind(C + 1, D, linear=path).init_weights()
    path = checkpoint(tmp_path, LWSClsHead(C, D))
    with pytest.raises(
        ValueError,
        match=r"epoch_1.pth: .*'head.scales'.*exactly "
        r"\['head.fc.bias', 'head.fc.weight'\].*LinearClsHead",
    ):
        kind(C, D, linear=path).init_weights()
    torch.save(dict(state_dict={'fc.weight': torch.zeros(C, D)}), path)
    with pytest.raises(ValueError, match=r'has the keys \[\]'):
        kind(C, D, linear=path).init_weights()
    path = checkpoint(tmp_path, **{'head.fc.bias': torch.full((C,), math.nan)})
    with pytest.raises(ValueError, match='epoch_1.pth, head.fc.bias has 4 numbers that are not f'):
        kind(C, D, linear=path).init_weights()
    path = checkpoint(tmp_path, **{'head.fc.bias': [0.0] * C})
    with pytest.raises(ValueError, match=r"has the keys \['head.fc.weight'\]"):
        kind(C, D, linear=path).init_weights()


def test_tau_is_checked():
    with pytest.raises(ValueError, match='tau is -1; give a finite number, 0 or more'):
        TauNormClsHead(C, D, tau=-1)
    with pytest.raises(ValueError, match='tau is nan'):
        TauNormClsHead(C, D, tau=float('nan'))
