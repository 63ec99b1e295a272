"""RIDE's router against loops from its description."""

import math

import pytest
import torch
from mmpretrain.structures import DataSample

from vlltr_mm.models import ExpertRouterHead

LABELS = [0, 1, 2, 3, 3, 1, 0, 2] * 4


def head(**settings):
    torch.manual_seed(0)
    settings = dict(dict(num_experts=3, num_logits=3, hidden_channels=2), **settings)
    return ExpertRouterHead(4, 6, **settings).double()


def features(k=3, n=32):
    generator = torch.Generator().manual_seed(1)
    return tuple(torch.randn(n, 6, dtype=torch.float64, generator=generator) for _ in range(k))


def samples(labels=LABELS):
    return [DataSample().set_gt_label(label) for label in labels]


def router_logit(built, feats, sample, index):
    """r after index + 1 experts, number by number."""
    own = [built.one_expert(feats[e][sample : sample + 1], e)[0].tolist() for e in range(index + 1)]
    mean = [sum(column) / (index + 1) for column in zip(*own)]
    feature = feats[index][sample].tolist()
    norm = math.sqrt(sum(v * v for v in feature))
    layer = built.hidden_fcs[index]
    hidden = [
        max(0.0, sum(w * v / norm for w, v in zip(row, feature)) + bias)
        for row, bias in zip(layer.weight.tolist(), layer.bias.tolist())
    ]
    read = sorted(mean, reverse=True)[: built.num_logits] + hidden
    weights = built.router_fc.weight[0].tolist()
    return sum(w * v for w, v in zip(weights, read)) + built.router_fc.bias.item(), mean


@pytest.mark.parametrize('k', [2, 3, 4])
def test_the_loss_equals_the_description(k):
    built, feats = head(num_experts=k, pos_weight=7.0), features(k)
    total, needed = 0.0, 0
    for sample, label in enumerate(LABELS):
        means = [
            sum(built.one_expert(feats[e][sample : sample + 1], e)[0] for e in range(i + 1))
            for i in range(k)
        ]
        right = [int(mean.argmax()) == label for mean in means]
        for index in range(k - 1):
            r, _ = router_logit(built, feats, sample, index)
            wanted = not right[index] and any(right[index + 1 :])
            needed += wanted
            total += 7 * math.log1p(math.exp(-r)) if wanted else math.log1p(math.exp(r))
    found = built.loss(feats, samples())
    count = len(LABELS) * (k - 1)
    assert found['loss'].item() == pytest.approx(total / count, rel=1e-6)  # float32 at the end
    assert found['needed'].item() == pytest.approx(100 * needed / count)
    assert 0 < needed < count


def test_an_image_goes_on_while_the_next_expert_is_needed():
    built, feats = head(num_experts=4), features(4)
    wanted = built.needs_next(feats[0], built.expert_logits(feats)[:, 0], 0)
    built.router_fc.bias.data -= wanted.median().detach()
    logits, used = built.route(feats)
    for sample in range(32):
        index = 0
        while index < 3 and router_logit(built, feats, sample, index)[0] > 0:
            index += 1
        mean = [built.one_expert(feats[e][sample : sample + 1], e)[0] for e in range(index + 1)]
        assert used[sample] == index + 1
        torch.testing.assert_close(logits[sample], sum(mean) / (index + 1))
    assert len(set(used.tolist())) > 1


def test_thresholds_of_nothing_and_all():
    feats = features()
    everyone, first = head(threshold=0), head(threshold=1)
    torch.testing.assert_close(everyone(feats), everyone.expert_logits(feats).mean(dim=1))
    torch.testing.assert_close(first(feats), first.expert_logits(feats)[:, 0])


def test_results_tell_how_many_experts_have_seen_the_image():
    built, feats = head(), features()
    used = built.route(feats)[1].tolist()
    assert [sample.num_experts for sample in built.predict(feats)] == used


def test_only_the_router_is_trained():
    built, feats = head(), features()
    built.loss(feats, samples())['loss'].backward()
    touched = {name.split('.')[0] for name, p in built.named_parameters() if p.grad is not None}
    assert touched == {'hidden_fcs', 'router_fc'}
    assert not any(p.requires_grad for p in built.fcs.parameters())


def test_the_loss_falls():
    built, feats = head(pos_weight=2.0), features()
    trained = [p for p in built.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.01)
    values = []
    for _ in range(20):
        value = built.loss(feats, samples())['loss']
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(value.item())
    assert values[-1] < values[0]


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(num_experts=1), 'num_experts'),
        (dict(num_logits=5), 'num_logits'),
        (dict(threshold=1.5), 'threshold'),
        (dict(pos_weight=0), 'pos_weight'),
        (dict(hidden_channels=0), 'hidden_channels'),
    ],
)
def test_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        head(**settings)


def test_refuses_mixed_labels():
    mixed = [DataSample().set_gt_score(torch.ones(4) / 4) for _ in LABELS]
    with pytest.raises(ValueError, match='The router learns which experts are right, but'):
        head().loss(features(), mixed)
