"""The head whose score is the sum of both branches."""

import math
import pickle

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.structures import DataSample
from tiny_anchors import C, D, M, make_anchors, make_head, samples, save_anchors

from vlltr_mm.models import AdditiveLGRHead, LogitAdjustedLoss
from vlltr_mm.models.heads.language_branch import language_branch

COUNTS = [6, 3, 1]


def additive(**kwargs):
    return make_head(AdditiveLGRHead, **kwargs)


def moved(**kwargs):
    """Return a head in float64 away from its start; a class has one anchor."""
    head = additive(embed_dims=D, **kwargs).double()
    feats, mask = make_anchors()
    mask[1, 1:] = False
    head.set_anchors(feats, mask)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return head


def normalised(values, weight, bias, eps=1e-5):
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    return [(v - mean) / (variance + eps) ** 0.5 * w + b for v, w, b in zip(values, weight, bias)]


def times(matrix, values):
    return [sum(entry * v for entry, v in zip(row, values)) for row in matrix]


def dot(first, second):
    return sum(a * b for a, b in zip(first, second))


def loops(head, images):
    """Compute z = z_visual(x) + s·cos(x, G(x)) number by number: images, classes, anchors."""
    hidden = isinstance(head.visual_mlp, torch.nn.Sequential)
    layers = [m for m in head.visual_mlp if hasattr(m, 'weight')] if hidden else [head.visual_mlp]
    logits = []
    for x in images:
        visual = list(x)
        for layer in layers:
            if layer is not layers[0]:
                visual = [v.clamp(min=0) for v in visual]
            visual = [v + b for v, b in zip(times(layer.weight, visual), layer.bias)]
        text_space = hasattr(head.proj_visual, 'weight')
        own = times(head.proj_visual.weight, x) if text_space else list(x)
        query = times(head.proj_q.weight, normalised(own, head.norm_q.weight, head.norm_q.bias))
        row = []
        for c in range(C):
            real = [m for m in range(M) if head.anchor_mask[c, m]]
            anchors = [list(head.anchor_feats[c, m]) for m in real]
            keys = [normalised(e, head.norm_k.weight, head.norm_k.bias) for e in anchors]
            scores = [dot(query, times(head.proj_k.weight, key)) / math.sqrt(D) for key in keys]
            shares = [score.exp() for score in scores]
            text = [
                sum(share * e[d] for share, e in zip(shares, anchors)) / sum(shares)
                for d in range(D)
            ]
            cosine = dot(own, text) / dot(own, own) ** 0.5 / dot(text, text) ** 0.5
            row.append(visual[c] + head.logit_scale.exp() * cosine)
        logits.append(torch.stack(row))
    return torch.stack(logits)


@pytest.mark.parametrize('kwargs', [dict(), dict(in_channels=5), dict(hidden_dims=3)])
def test_logits_loss_and_gradients_equal_loops(kwargs):
    head = moved(loss=dict(type='LogitAdjustedLoss', class_counts=COUNTS), **kwargs)
    x = torch.randn(4, kwargs.get('in_channels', D), dtype=torch.float64, requires_grad=True)
    labels = [0, 2, 1, 2]
    inputs = [x, *(p for p in head.parameters() if p.requires_grad)]

    expected = loops(head, x)
    total = sum(COUNTS)
    prior = torch.tensor([math.log(n / total) for n in COUNTS], dtype=torch.float64)
    adjusted = expected + prior
    loss = sum(row.exp().sum().log() - row[y] for row, y in zip(adjusted, labels)) / len(labels)
    wanted = torch.autograd.grad(loss, inputs)

    losses = head.loss((x,), samples(labels))
    assert set(losses) == {'loss'}
    # Other orders of float64 sums.
    torch.testing.assert_close(head((x,)), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(losses['loss'], loss, rtol=0, atol=1e-12)
    for found, grad in zip(torch.autograd.grad(losses['loss'], inputs), wanted):
        torch.testing.assert_close(found, grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize('hidden_dims', [None, 8])
def test_it_starts_as_the_classifier_of_the_anchors(hidden_dims):
    head, like = additive(hidden_dims=hidden_dims), make_head(visual_weight=0.0)
    head.init_weights()
    x = torch.randn(7, D)
    assert torch.equal(head((x,)), like.language_logits(x))
    layers = head.norm_q, head.norm_k, head.proj_q, head.proj_k
    cosine = language_branch(x, head.anchor_feats, head.anchor_mask, *layers)[1]
    torch.testing.assert_close(head((x,)), math.exp(1.5) * cosine)
    torch.testing.assert_close(
        torch.stack([p.pred_score for p in head.predict((x,))]),
        torch.stack([p.pred_score for p in like.predict((x,))]),
    )
    assert head.visual_mlp(x).eq(0).all()
    optimizer = torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], 0.01)
    history, targets = [], samples([0, 1, 2, 0, 1, 2, 0])
    for _ in range(20):
        loss = head.loss((x,), targets)['loss']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))
    assert history[-1] < 0.8 * history[0]
    for name, parameter in head.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad.abs().max() > 0, name


def test_prediction_is_the_softmax_of_the_sum():
    head = moved()
    x = torch.randn(5, D, dtype=torch.float64)
    visual, language = head.branch_logits((x,))
    predicted = torch.stack([p.pred_score for p in head.predict((x,))])
    torch.testing.assert_close(predicted, (visual + language).softmax(dim=1))


def test_uniform_counts_are_plain_cross_entropy():
    head = moved(loss=dict(type='LogitAdjustedLoss', class_counts=[4, 4, 4]))
    x = torch.randn(4, D, dtype=torch.float64)
    found = head.loss((x,), samples([0, 2, 1, 2]))['loss']
    torch.testing.assert_close(found, F.cross_entropy(head((x,)), torch.tensor([0, 2, 1, 2])))
    head.loss_module = AdditiveLGRHead(C, D).loss_module
    torch.testing.assert_close(head.loss((x,), samples([0, 2, 1, 2]))['loss'], found)


def test_soft_targets_and_accuracy_are_those_of_the_sum():
    target = torch.tensor([[0.7, 0.3, 0.0], [0.0, 0.5, 0.5]])
    mixed = [DataSample().set_gt_score(t) for t in target]
    x = torch.randn(2, D)
    for loss in (None, dict(type='LogitAdjustedLoss', class_counts=[1, 1, 1])):
        head = additive(loss=loss)
        expected = -(target * head((x,)).log_softmax(1)).sum(1).mean()
        torch.testing.assert_close(head.loss((x,), mixed)['loss'], expected)
    head = additive(cal_acc=True, topk=(1, 2), loss=dict(type='CrossEntropyLoss'))
    with pytest.raises(ValueError, match='cal_acc is True, but the batch augmentations'):
        head.loss((x,), mixed)
    losses = head.loss((x,), samples([0, 2]))
    hits = (head((x,)).argmax(1) == torch.tensor([0, 2])).float().mean()
    assert float(losses['accuracy_top-1'][0]) == pytest.approx(100 * hits)
    assert set(losses) == {'loss', 'accuracy_top-1', 'accuracy_top-2'}


def test_it_shares_anchors_and_attention_with_lgr_head(tmp_path):
    like, x = make_head(), torch.randn(4, D)
    head = additive()
    assert torch.equal(head.attention((x,)), like.attention((x,)))
    kept = {k for k in like.state_dict() if not k.startswith('visual_mlp')}
    own = {k for k in head.state_dict() if not k.startswith('visual_mlp')}
    assert own == kept
    assert set(head.state_dict()) - own == {'visual_mlp.weight', 'visual_mlp.bias'}
    path = save_anchors(tmp_path / 'anchors.safetensors')
    head = AdditiveLGRHead(C, D, M, anchors=path)
    head.init_weights()
    assert float(head.logit_scale) == 0.75
    assert head.anchor_record.made_for.classes == ('0', '1', '2')
    other = AdditiveLGRHead(C, D, M)
    with pytest.raises(RuntimeError, match='AdditiveLGRHead has no anchors.*select_anchors.py'):
        other((x,))
    other.load_state_dict(head.state_dict())
    assert torch.equal(other((x,)), head((x,)))
    assert other.anchor_record.made_for.classes == ('0', '1', '2')
    assert torch.equal(pickle.loads(pickle.dumps(head))((x,)), head((x,)))


@pytest.mark.parametrize('name', ['float16', 'bfloat16'])
def test_half_anchors_and_padding(name):
    x = torch.randn(4, D)
    head, single = additive(anchor_dtype=name), additive()
    assert head.anchor_feats.dtype == getattr(torch, name)
    # As of LGRHead: roundings of anchors and product, times exp(1.5).
    eps = torch.finfo(head.anchor_feats.dtype).eps
    torch.testing.assert_close(head((x,)), single((x,)), rtol=0, atol=5 * eps)
    feats, mask = make_anchors()
    feats[~mask] = float('nan')
    order = torch.tensor([2, 0, 3, 1])
    single.set_anchors(feats[:, order], mask[:, order])
    torch.testing.assert_close(single((x,)), additive()((x,)))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_the_sum_is_in_float32_under_autocast(dtype):
    head, x = moved().float(), torch.randn(6, D)
    head.logit_scale.fill_(math.log(100))
    exact = head((x,))
    with torch.autocast('cpu', dtype):
        visual, language = head.branch_logits((x,))
        z = head((x,))
        loss = head.loss((x,), samples([0, 1, 2, 0, 1, 2]))['loss']
    assert visual.dtype == dtype and z.dtype == loss.dtype == torch.float32
    assert torch.equal(z, visual.float() + language)
    # A rounding to the half type of a sum of 6 products, and of s·cos up to 100.
    torch.testing.assert_close(z, exact, rtol=0, atol=400 * torch.finfo(dtype).eps)
    loss.backward()
    assert all(p.grad.isfinite().all() for p in head.parameters() if p.requires_grad)
    # A head cast to half as a whole.
    assert head.to(dtype)((x.to(dtype),)).dtype == torch.float32


def test_a_stock_resnet_trains_with_mixup(tmp_path):
    model = ImageClassifier(
        backbone=dict(type='ResNet', depth=18),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(
            type='AdditiveLGRHead',
            num_classes=C,
            in_channels=512,
            embed_dims=D,
            num_anchors=M,
            anchors=save_anchors(tmp_path / 'anchors.safetensors'),
            loss=dict(type='LogitAdjustedLoss', class_counts=COUNTS),
        ),
        data_preprocessor=dict(num_classes=C),
        train_cfg=dict(augments=dict(type='Mixup', alpha=0.8)),
    )
    model.init_weights()
    assert isinstance(model.head.loss_module, LogitAdjustedLoss)
    data = dict(
        inputs=[torch.randint(0, 255, (3, 32, 32)) for _ in range(4)],
        data_samples=samples([0, 1, 2, 0]),
    )
    model(**model.data_preprocessor(data, True), mode='loss')['loss'].backward()
    assert model.head.proj_visual.weight.grad.abs().max() > 0
    assert model.backbone.conv1.weight.grad.abs().max() > 0


def test_a_hidden_layer_without_units_is_refused():
    with pytest.raises(ValueError, match='hidden_dims.*0'):
        AdditiveLGRHead(C, D, hidden_dims=0)
