"""What count-based losses share: the host's contract, counts, heads."""

import json
from unittest.mock import patch

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

import vlltr_mm  # noqa: F401

COUNTS = [50, 20, 5, 1]
LOSSES = ['ClassBalancedCELoss', 'ClassBalancedFocalLoss', 'LDAMLoss', 'LogitAdjustedLoss']
LABELS = torch.tensor([0, 3, 1, 2, 0])
pytestmark = pytest.mark.parametrize('name', LOSSES)


def build(name, class_counts=COUNTS, **kwargs):
    return MODELS.build(dict(type=name, class_counts=class_counts, **kwargs))


def scores():
    generator = torch.Generator().manual_seed(0)
    return 2 * torch.rand(5, 4, generator=generator) - 1


def test_reductions_weights_and_factors(name):
    each = build(name, reduction='none')(scores(), LABELS)
    assert each.shape == (5,)
    loss = build(name)
    total = each.sum()
    torch.testing.assert_close(loss(scores(), LABELS), total / 5)
    torch.testing.assert_close(loss(scores(), LABELS, avg_factor=8), total / 8)
    torch.testing.assert_close(loss(scores(), LABELS, reduction_override='sum'), total)
    torch.testing.assert_close(
        build(name, reduction='sum', loss_weight=3.0)(scores(), LABELS), 3 * total
    )
    weight = torch.tensor([0.0, 1.0, 2.0, 0.0, 3.0])
    torch.testing.assert_close(loss(scores(), LABELS, weight=weight), (weight * each).sum() / 5)


def test_soft_targets(name):
    """One-hot rows equal labels; otherwise each class has its share."""
    loss = build(name, reduction='none')
    one_hot = F.one_hot(LABELS, 4)
    torch.testing.assert_close(loss(scores(), one_hot), loss(scores(), LABELS))
    mixed = 0.3 * one_hot + 0.7 * one_hot.flip(0)
    value = loss(scores(), mixed)
    assert value.isfinite().all() and value.shape == (5,)
    if name != 'LDAMLoss':  # whose margin is shared out instead
        torch.testing.assert_close(
            value, 0.3 * loss(scores(), LABELS) + 0.7 * loss(scores(), LABELS.flip(0))
        )


def test_half_precision_scores(name):
    coarse = scores().half()
    value = build(name)(coarse, LABELS)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, build(name)(coarse.float(), LABELS))


def test_files_are_read_before_training_and_never_for_a_test(name, tmp_path):
    lines = [f'{c}.jpg {c}' for c, n in enumerate(COUNTS) for _ in range(n)]
    (tmp_path / 'a.txt').write_text('\n'.join(lines))
    (tmp_path / 'a.json').write_text(json.dumps(COUNTS))
    expected = build(name)(scores(), LABELS)
    for file in ('a.txt', 'a.json'):
        loss = build(name, str(tmp_path / file))
        assert loss.counts is None
        torch.testing.assert_close(loss(scores(), LABELS), expected)
        # Once, though the next logits are elsewhere than the counts.
        (tmp_path / file).unlink()
        assert loss(scores().to('meta'), LABELS.to('meta')).device.type == 'meta'
        assert loss.counts.device.type == 'meta'
    model = model_of(name, str(tmp_path / 'absent.txt'))
    model.predict(torch.zeros(1, 3, 32, 32))
    with pytest.raises(FileNotFoundError, match='absent.txt'):
        model.init_weights()
    (tmp_path / 'a.txt').write_text('\n'.join(lines))
    model = model_of(name, str(tmp_path / 'a.txt'))
    model.init_weights()
    assert model.head.loss_module.counts.tolist() == COUNTS


def model_of(name, class_counts):
    head = dict(
        type='LinearClsHead',
        num_classes=4,
        in_channels=512,
        loss=dict(type=name, class_counts=class_counts),
    )
    return MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=dict(type='ResNet', depth=18),
            neck=dict(type='GlobalAveragePooling'),
            head=head,
        )
    ).eval()


def test_counts_travel_but_are_not_in_checkpoints(name):
    given = list(COUNTS)
    loss = build(name, given)
    given.append(9)
    assert loss.counts.tolist() == COUNTS
    assert not loss.state_dict()
    build(name, class_counts=[1, 2]).load_state_dict(loss.state_dict())
    assert [key for key, _ in loss.named_buffers()] == ['counts']
    assert loss.to('meta').counts.device.type == 'meta'
    # Half precision keeps them exact.
    kept = build(name, class_counts=[4980, 3]).half().counts
    assert kept.tolist() == [4980, 3]


def test_wrong_counts(name, tmp_path):
    with pytest.raises(ValueError, match=r'no training image of class 1 \(2'):
        build(name, class_counts=[3, 0, 4, 0])
    with pytest.raises(ValueError, match='list of integers'):
        build(name, class_counts=[3, 0.5])
    with pytest.raises(ValueError, match=r'4 classes, but .*\(5, 3\)'):
        build(name)(scores()[:, :3], LABELS % 3)
    folder = tmp_path / ('long' * 25)
    folder.mkdir()
    (folder / 'gap.txt').write_text('a.jpg 0\nb.jpg 2\n')
    match = r'gap.txt.* no training image of class 1 \(1 of 3 classes.*counts it as 1'
    with pytest.raises(ValueError, match=match):
        build(name, str(folder / 'gap.txt')).init_weights()


def test_other_errors(name):
    with pytest.raises(ValueError, match="reduction is 'max'"):
        build(name, reduction='max')
    with pytest.raises(ValueError, match="reduction is 'max'"):
        build(name)(scores(), LABELS, reduction_override='max')
    with pytest.raises(ValueError, match=r'target has shape \(4,\)'):
        build(name)(scores(), LABELS[:4])
    with pytest.raises(ValueError, match='dtype torch.float32'):
        build(name)(scores(), LABELS.float())


def falls(head, feats, samples, key):
    optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
    history = []
    for _ in range(20):
        loss = sum(head.loss(feats, samples).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))
    assert set(head.loss(feats, samples)) == key
    return history[-1] < 0.8 * history[0]


def samples_of(mixed):
    one_hot = F.one_hot(LABELS, 4).float()
    scores = 0.8 * one_hot + 0.2 * one_hot.flip(0)
    return [
        DataSample().set_gt_label(int(y)).set_gt_score(s)
        if mixed
        else DataSample().set_gt_label(int(y))
        for y, s in zip(LABELS, scores)
    ]


@pytest.mark.parametrize('mixed', [False, True])
@pytest.mark.parametrize('head', ['LinearClsHead', 'CosineLinearClsHead'])
def test_heads_learn(name, head, mixed):
    torch.manual_seed(0)
    module = MODELS.build(
        dict(type=head, num_classes=4, in_channels=8, loss=dict(type=name, class_counts=COUNTS))
    )
    feats = (torch.randn(5, 8),)
    assert falls(module, feats, samples_of(mixed), {'loss'})


@pytest.mark.parametrize('mixed', [False, True])
def test_both_branches_of_lgr_learn(name, mixed):
    torch.manual_seed(0)
    module = MODELS.build(
        dict(
            type='LGRHead',
            num_classes=4,
            in_channels=8,
            num_anchors=3,
            loss=dict(type=name, class_counts=COUNTS, loss_weight=1.0),
        )
    )
    module.set_anchors(torch.randn(4, 3, 8), torch.ones(4, 3).bool())
    feats = (torch.randn(5, 8),)
    assert falls(module, feats, samples_of(mixed), {'loss_visual', 'loss_language'})


def test_no_file_is_opened_to_build(name):
    with patch('builtins.open', side_effect=AssertionError):
        build(name, '/no/where/list.txt')


@pytest.mark.parametrize('weight', [float('nan'), float('inf'), -1])
def test_weights_that_are_none(name, weight):
    with pytest.raises(ValueError, match='loss_weight is .* finite number of at least 0'):
        build(name, loss_weight=weight)
