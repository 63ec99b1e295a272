"""A head with a classifier for each of several experts."""

import copy

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from vlltr_mm.models import MultiExpertClsHead

COUNTS = [50, 9, 4, 1]
SADE = dict(type='DiverseExpertLoss', class_counts=COUNTS)
RIDE = dict(type='RIDELoss', class_counts=COUNTS, diversity='mean')


def head(loss=SADE, **settings):
    torch.manual_seed(0)
    return MultiExpertClsHead(4, 6, loss=loss, **settings)


def features(k=3, n=5):
    generator = torch.Generator().manual_seed(1)
    return tuple(torch.randn(n, 6, generator=generator) for _ in range(k))


def samples(labels=(0, 1, 2, 3, 3)):
    return [DataSample().set_gt_label(label) for label in labels]


@pytest.mark.parametrize('cosine', [True, False])
def test_predicts_the_mean_of_the_experts(cosine):
    built, feats = head(cosine=cosine), features()
    own = []
    for x, fc in zip(feats, built.fcs):
        if cosine:  # 30 times the cosine, from the definition
            dots = x @ fc.weight.T
            own.append(30 * dots / (x.norm(dim=1)[:, None] * fc.weight.norm(dim=1)))
        else:
            own.append(x @ fc.weight.T + fc.bias)
    torch.testing.assert_close(built.expert_logits(feats), torch.stack(own, dim=1))
    torch.testing.assert_close(built(feats), sum(own) / 3)
    scores = torch.stack([sample.pred_score for sample in built.predict(feats)])
    torch.testing.assert_close(scores, (sum(own) / 3).softmax(dim=1))


def test_by_hand():
    built = MultiExpertClsHead(2, 2, loss=SADE, num_experts=2, scale=10)
    for fc in built.fcs:
        fc.weight.data = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    feats = (torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 5.0]]))
    # Cosines .6 and .8 of the first, 0 and 1 of the second.
    torch.testing.assert_close(built(feats), torch.tensor([[3.0, 9.0]]))
    built.set_expert_weights(torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(built(feats), torch.tensor([[6.0, 8.0]]))


@pytest.mark.parametrize('loss', [SADE, RIDE])
def test_the_loss_is_that_of_all_experts(loss):
    built, feats = head(loss, topk=(1, 2), cal_acc=True), features()
    found = built.loss(feats, samples())
    labels = torch.tensor([0, 1, 2, 3, 3])
    expected = MODELS.build(loss)(built.expert_logits(feats), labels)
    torch.testing.assert_close(found['loss'], expected)
    right = (built(feats).argmax(dim=1) == labels).float().mean() * 100
    assert float(found['accuracy_top-1'][0]) == pytest.approx(float(right))


def test_one_expert_with_plain_cross_entropy_of_equal_classes():
    loss = dict(type='RIDELoss', class_counts=[7] * 4, max_margin=0)
    built, feats = head(loss, num_experts=1), features(1)
    expected = F.cross_entropy(built(feats), torch.tensor([0, 1, 2, 3, 3]))
    torch.testing.assert_close(built.loss(feats, samples())['loss'], expected)


def test_takes_soft_targets():
    target = torch.tensor([0.3, 0.0, 0.7, 0.0])
    mixed = [DataSample().set_gt_score(target) for _ in range(5)]
    assert head().loss(features(), mixed)['loss'].isfinite()
    with pytest.raises(ValueError, match='cal_acc is True'):
        head(cal_acc=True).loss(features(), mixed)


def test_all_experts_may_share_one_feature():
    built, (x,) = head(), features(1)
    torch.testing.assert_close(built((x,)), built((x, x, x)))


@pytest.mark.parametrize('loss', [SADE, RIDE])
def test_the_loss_falls(loss):
    built, feats = head(loss), features()
    optimizer = torch.optim.SGD(built.parameters(), lr=0.02)
    values = []
    for _ in range(20):
        value = built.loss(feats, samples())['loss']
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(float(value.detach()))
    assert values[-1] < 0.7 * values[0]


def test_weights_of_the_experts_are_in_the_checkpoint():
    built, other = head(), head()
    built.set_expert_weights(torch.tensor([0.1, 0.2, 0.7]))
    other.load_state_dict(copy.deepcopy(built.state_dict()))
    torch.testing.assert_close(other(features()), built(features()))
    other.set_expert_weights(None)
    assert other.expert_weights.tolist() == pytest.approx([1 / 3] * 3)
    assert 'expert_weights' not in dict(built.named_parameters())


def test_keeps_its_digits_in_half_precision():
    built, feats = head(), features()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = built(tuple(x.bfloat16() for x in feats))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, built(tuple(x.bfloat16().float() for x in feats)))


def test_weights_start_at_unit_norm():
    for fc in head().fcs:
        torch.testing.assert_close(fc.weight.norm(dim=1), torch.ones(4))


BACKBONES = dict(
    experts=(dict(type='ExpertCIFARResNet', depth=8), 48),
    plain=(dict(type='CIFARResNet', depth=8), 64),
)


@pytest.mark.parametrize('kind', BACKBONES)
def test_works_in_an_image_classifier(kind):
    backbone, width = BACKBONES[kind]
    model = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=backbone,
            neck=dict(type='GlobalAveragePooling'),
            head=dict(type='MultiExpertClsHead', num_classes=4, in_channels=width, loss=SADE),
        )
    )
    images = torch.randn(2, 3, 32, 32)
    model.loss(images, samples((0, 3)))['loss'].backward()
    assert all(p.grad is not None for p in model.parameters())
    assert len(model.predict(images)) == 2
    assert model(images).shape == (2, 4)


@pytest.mark.parametrize(
    ('weights', 'message'),
    [
        ([0.5, 0.5], 'give 3 finite'),
        ([1, -1, 1], '-1.0'),
        ([0, 0, 0], '0.0'),
        ([1, 1, None], 'nan'),
    ],
)
def test_refuses_such_weights(weights, message):
    weights = torch.tensor([float('nan') if w is None else float(w) for w in weights])
    with pytest.raises(ValueError, match=message):
        head().set_expert_weights(weights)


def test_errors():
    with pytest.raises(ValueError, match='3 experts, but gets 2 features'):
        head()(features(2))
    with pytest.raises(ValueError, match=r'is \(5, 4\), the head takes \(N, 6\)'):
        head()(tuple(x[:, :4] for x in features()))
    with pytest.raises(ValueError, match=r'is \(5, 6, 2, 2\).*GlobalAveragePooling'):
        head()(tuple(x[..., None, None].expand(-1, -1, 2, 2) for x in features()))
    for settings in (dict(num_experts=0), dict(scale=0)):
        with pytest.raises(ValueError, match=next(iter(settings))):
            head(**settings)
