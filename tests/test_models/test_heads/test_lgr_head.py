"""The head as users of a config and of the class meet it."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from tiny_anchors import C, D, M, make_head, samples, save_anchors

from vlltr_mm.models import LGRHead
from vlltr_mm.models.heads.language_branch import language_branch


def test_branches_equal_the_formula():
    head = make_head().double()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = torch.randn(5, D, dtype=torch.float64)
    visual, language = head.branch_logits((x,))
    layers = head.norm_q, head.norm_k, head.proj_q, head.proj_k
    cosine = language_branch(x, head.anchor_feats, head.anchor_mask, *layers)[1]
    torch.testing.assert_close(language, math.exp(1.5) * cosine)
    first, last = head.visual_mlp[0], head.visual_mlp[2]
    hidden = (x @ first.weight.T + first.bias).clamp(min=0)
    torch.testing.assert_close(visual, hidden @ last.weight.T + last.bias)
    assert first.weight.shape == (4 * D, D)


@pytest.mark.parametrize('weight', [0.0, 0.2, 0.5, 1.0])
def test_prediction_is_the_fused_score(weight):
    head = make_head(visual_weight=weight)
    x = torch.randn(7, D)
    visual, language = head.branch_logits((x,))
    fused = weight * visual.softmax(1) + (1 - weight) * language.softmax(1)
    predicted = head.predict((x,))
    torch.testing.assert_close(torch.stack([p.pred_score for p in predicted]), fused)
    assert [int(p.pred_label) for p in predicted] == fused.argmax(1).tolist()


def test_loss_is_one_cross_entropy_per_branch():
    head = make_head()
    x, labels = torch.randn(4, D), [0, 2, 1, 2]
    losses = head.loss((x,), samples(labels))
    for name, logits in zip(('loss_visual', 'loss_language'), head.branch_logits((x,))):
        torch.testing.assert_close(losses[name], F.cross_entropy(logits, torch.tensor(labels)))
    assert set(losses) == {'loss_visual', 'loss_language'}
    plain = make_head(loss=dict(type='CrossEntropyLoss'))
    torch.testing.assert_close(plain.loss((x,), samples(labels)), losses)


def test_label_smoothing_works_for_labels():
    head = make_head(loss=dict(type='LabelSmoothLoss', label_smooth_val=0.1, mode='original'))
    x, labels = torch.randn(4, D), [0, 2, 1, 2]
    losses = head.loss((x,), samples(labels))
    visual, language = head.branch_logits((x,))
    for name, logits in dict(visual=visual, language=language).items():
        torch.testing.assert_close(
            losses[f'loss_{name}'],
            F.cross_entropy(logits, torch.tensor(labels), label_smoothing=0.1),
        )


def test_soft_targets_are_used():
    head = make_head()
    x = torch.randn(2, D)
    target = torch.tensor([[0.7, 0.3, 0.0], [0.0, 0.5, 0.5]])
    mixed = [DataSample().set_gt_score(t) for t in target]
    losses = head.loss((x,), mixed)
    visual, _ = head.branch_logits((x,))
    expected = -(target * visual.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(losses['loss_visual'], expected)


def test_state_dict_names_and_round_trip():
    head = make_head()
    names = {
        'anchor_feats',
        'anchor_mask',
        'logit_scale',
        'visual_mlp.0.weight',
        'visual_mlp.0.bias',
        'visual_mlp.2.weight',
        'visual_mlp.2.bias',
        'norm_q.weight',
        'norm_q.bias',
        'norm_k.weight',
        'norm_k.bias',
        'proj_q.weight',
        'proj_k.weight',
    }
    assert set(head.state_dict()) == names
    other = LGRHead(C, D, M)
    x = torch.randn(4, D)
    with pytest.raises(RuntimeError, match='select_anchors.py'):
        other((x,))
    other.load_state_dict(head.state_dict())
    torch.testing.assert_close(other((x,)), head((x,)), rtol=0, atol=0)


def test_parameters_keep_the_order_of_older_optimizers():
    head = make_head(in_channels=5, embed_dims=D)
    names = [name.split('.')[0] for name, _ in head.named_parameters()]
    order = ['visual_mlp', 'proj_visual', 'norm_q', 'norm_k', 'proj_q', 'proj_k']
    assert list(dict.fromkeys(names)) == order


def test_weights_out_of_range_are_refused():
    with pytest.raises(ValueError, match='visual_weight is 1.2'):
        LGRHead(C, D, visual_weight=1.2)


def test_every_trainable_parameter_gets_a_gradient():
    head = make_head(in_channels=5, embed_dims=D)
    assert head.proj_visual.weight.shape == (D, 5)
    losses = head.loss((torch.randn(8, 5),), samples([0, 1, 2, 0] * 2))
    sum(losses.values()).backward()
    for name, parameter in head.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad.abs().max() > 0, name
        else:
            assert name == 'norm_k.bias'


def test_loss_falls_and_half_anchors_work():
    head = make_head(anchor_dtype='bfloat16')
    x, targets = torch.randn(12, D), samples([0, 1, 2] * 4)
    optimizer = torch.optim.Adam([p for p in head.parameters() if p.requires_grad], 0.01)
    history = []
    for _ in range(20):
        loss = sum(head.loss((x,), targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))
    assert history[-1] < 0.8 * history[0]


def test_a_stock_resnet_trains_with_mixup(tmp_path):
    model = ImageClassifier(
        backbone=dict(type='ResNet', depth=18),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(
            type='LGRHead',
            num_classes=C,
            in_channels=512,
            embed_dims=D,
            num_anchors=M,
            anchors=save_anchors(tmp_path / 'anchors.safetensors'),
        ),
        data_preprocessor=dict(num_classes=C),
        train_cfg=dict(augments=[dict(type='Mixup', alpha=0.8), dict(type='CutMix', alpha=1.0)]),
    )
    model.init_weights()
    data = model.data_preprocessor(
        dict(
            inputs=[torch.randint(0, 255, (3, 32, 32)) for _ in range(4)],
            data_samples=samples([0, 1, 2, 0]),
        ),
        True,
    )
    assert 'gt_score' in data['data_samples'][0]
    losses = model(**data, mode='loss')
    sum(losses.values()).backward()
    assert model.backbone.conv1.weight.grad.abs().max() > 0
    model.eval()
    scores = model(data['inputs'], mode='predict')[0].pred_score
    assert float(scores.detach().sum()) == pytest.approx(1, abs=1e-5)


def test_arguments_of_a_stock_head_are_taken():
    stock = dict(topk=(1, 2), cal_acc=True, init_cfg=None)
    head = make_head(loss=dict(type='LabelSmoothLoss', label_smooth_val=0.1), **stock)
    x, labels = torch.randn(9, D), torch.tensor([0, 2, 1, 2, 0, 0, 1, 2, 0])
    losses = head.loss((x,), samples(labels.tolist()))
    ranks = head((x,)).argsort(dim=1, descending=True)
    for k in (1, 2):
        hits = (ranks[:, :k] == labels.unsqueeze(1)).any(dim=1)
        assert float(losses[f'accuracy_top-{k}'][0]) == pytest.approx(100 * hits.float().mean())
    assert 0 < float(losses['accuracy_top-1'][0]) < 100
    total, logged = ImageClassifier.parse_losses(None, losses)
    torch.testing.assert_close(total, losses['loss_visual'] + losses['loss_language'])
    assert logged['accuracy_top-2'].ndim == 0
    single = make_head(topk=1, cal_acc=True).loss((x,), samples(labels.tolist()))
    assert set(single) == {'loss_visual', 'loss_language', 'accuracy_top-1'}


def test_accuracy_of_mixed_images_is_refused():
    mixed = [DataSample().set_gt_score(torch.tensor([0.7, 0.3, 0.0]))]
    with pytest.raises(ValueError, match='cal_acc is True, but the batch augmentations'):
        make_head(cal_acc=True).loss((torch.randn(1, D),), mixed)


@pytest.mark.parametrize(
    'head',
    [
        dict(type='LGRHead', in_channels=D),
        dict(type='AdditiveLGRHead', in_channels=D),
        dict(type='CosineLinearClsHead', in_channels=D),
        dict(type='LWSClsHead', in_channels=D),
        dict(type='TauNormClsHead', in_channels=D),
        dict(type='KNNClsHead'),
        dict(type='PrototypeClsHead', embed_dims=D),
    ],
)
def test_every_head_takes_what_a_stock_config_leaves(head):
    left = dict(loss=dict(type='CrossEntropyLoss', loss_weight=1.0), topk=(1, 5), cal_acc=True)
    built = MODELS.build(dict(head, num_classes=C, init_cfg=None, **left))
    assert built.topk == (1, 5) and built.cal_acc
