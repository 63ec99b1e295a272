"""The head as users of a config and of the class meet it."""

import math
import pickle

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.structures import DataSample

from vlltr_mm.models import LGRHead
from vlltr_mm.structures import AnchorSet

C, M, D = 3, 4, 6


def make_anchors(classes=C, anchors=M, dims=D):
    generator = torch.Generator().manual_seed(3)
    mask = torch.ones(classes, anchors, dtype=torch.bool)
    mask[0, 2:] = False
    return torch.randn(classes, anchors, dims, generator=generator), mask


def make_head(**kwargs):
    torch.manual_seed(0)
    args = dict(num_classes=C, in_channels=D, num_anchors=M)
    head = LGRHead(**{**args, **kwargs})
    head.set_anchors(*make_anchors(), 1.5)
    return head


def samples(labels):
    return [DataSample().set_gt_label(label) for label in labels]


def save_anchors(path, **kwargs):
    feats, mask = make_anchors(**kwargs)
    AnchorSet(
        feats,
        mask,
        torch.zeros(mask.shape),
        torch.zeros(mask.shape),
        0.75,
        [str(i) for i in range(len(mask))],
    ).save(str(path))
    return str(path)


def test_branches_equal_the_formula():
    head = make_head().double()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = torch.randn(5, D, dtype=torch.float64)
    visual, language = head.branch_logits((x,))
    torch.testing.assert_close(head.language_logits(x), language)
    anchors, mask = head.anchor_feats, head.anchor_mask
    for b in range(5):
        query = head.proj_q(head.norm_q(x[b]))
        for c in range(C):
            real = [m for m in range(M) if mask[c, m]]
            keys = [head.proj_k(head.norm_k(anchors[c, m])) for m in real]
            score = torch.stack([query @ k / math.sqrt(D) for k in keys])
            weights = score.exp() / score.exp().sum()
            text = sum(w * anchors[c, m] for w, m in zip(weights, real))
            expected = math.exp(1.5) * x[b] @ text / x[b].norm() / text.norm()
            torch.testing.assert_close(language[b, c], expected)
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


@pytest.mark.parametrize('name', ['float16', 'bfloat16'])
def test_half_anchors_pass_through_a_checkpoint(tmp_path, name):
    dtype, x = getattr(torch, name), torch.randn(4, D)
    head, single = make_head(anchor_dtype=name), make_head()
    assert head.anchor_feats.dtype == dtype
    assert head._gram.dtype == torch.float32
    # Anchors and, of so few images, both factors and the result of the
    # product carry eps / 2 each; logits go up to exp(1.5).
    torch.testing.assert_close(
        head.language_logits(x), single.language_logits(x), rtol=0, atol=5 * torch.finfo(dtype).eps
    )
    torch.save(head.state_dict(), tmp_path / 'head.pth')
    again = LGRHead(C, D, M, anchor_dtype=name)
    again.load_state_dict(torch.load(tmp_path / 'head.pth'), strict=True)
    assert again.anchor_feats.dtype == dtype
    torch.testing.assert_close(again((x,)), head((x,)), rtol=0, atol=0)
    # A float32 checkpoint is rounded on its way in.
    again.load_state_dict(
        single.state_dict()
        | {name: value for name, value in head.state_dict().items() if name != 'anchor_feats'}
    )
    torch.testing.assert_close(again((x,)), head((x,)), rtol=0, atol=0)
    head.loss((x,), samples([0, 1, 2, 0]))['loss_language'].backward()
    assert head.proj_q.weight.grad.isfinite().all()


def test_copies_and_casts_keep_the_scores():
    head, x = make_head(), torch.randn(4, D)
    expected = head((x,))
    again = pickle.loads(pickle.dumps(head))
    torch.testing.assert_close(again((x,)), expected, rtol=0, atol=0)
    exact = again.double()((x.double(),))
    assert exact.dtype == torch.float64
    torch.testing.assert_close(exact.float(), expected)
    half = make_head().half().half()
    assert half._gram.dtype == torch.float32
    # Of logits up to exp(1.5): a few times 2**-11 of them.
    torch.testing.assert_close(half((x.half(),)), expected, rtol=0, atol=1e-2)


def test_order_and_padding_of_anchors_do_not_matter():
    head, x = make_head(), torch.randn(4, D)
    expected = head((x,))
    feats, mask = make_anchors()
    feats[~mask] = float('nan')
    order = torch.tensor([2, 0, 3, 1])
    head.set_anchors(feats[:, order], mask[:, order].to(torch.uint8))
    torch.testing.assert_close(head((x,)), expected)


def test_projections_start_at_the_identity():
    head = make_head()
    assert torch.equal(head.proj_q.weight, torch.eye(D))
    assert torch.equal(head.proj_k.weight, torch.eye(D))


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


def test_init_weights_reads_the_file(tmp_path):
    path = save_anchors(tmp_path / 'anchors.safetensors', anchors=2)
    head = LGRHead(C, D, M, anchors=path)
    head.init_weights()
    feats, mask = make_anchors(anchors=2)
    torch.testing.assert_close(head.anchor_feats[:, :2], feats * mask.unsqueeze(2))
    assert head.anchor_mask.sum(1).tolist() == [2, 2, 2]
    assert float(head.logit_scale) == 0.75
    fixed = LGRHead(C, D, M, anchors=path, logit_scale=2.0)
    fixed.init_weights()
    assert float(fixed.logit_scale) == 2.0


@pytest.mark.parametrize('kwargs', [dict(classes=4), dict(anchors=5), dict(dims=7)])
def test_a_file_that_does_not_fit_is_refused(tmp_path, kwargs):
    path = save_anchors(tmp_path / 'anchors.safetensors', **kwargs)
    with pytest.raises(ValueError, match=r'the head takes \(3, up to 4, 6\)'):
        LGRHead(C, D, M, anchors=path).init_weights()


def test_errors_name_the_remedy(tmp_path):
    with pytest.raises(ValueError, match='anchors is None'):
        LGRHead(C, D, M).init_weights()
    with pytest.raises(FileNotFoundError, match='tools/train.py CONFIG'):
        LGRHead(C, D, M, anchors=str(tmp_path / 'none')).init_weights()
    with pytest.raises(ValueError, match='visual_weight is 1.2'):
        LGRHead(C, D, visual_weight=1.2)
    with pytest.raises(
        ValueError, match="anchor_dtype is 'int8'; give 'float16', 'bfloat16' or None"
    ):
        LGRHead(C, D, anchor_dtype='int8')
    feats, mask = make_anchors()
    mask[1] = False
    with pytest.raises(ValueError, match='Class 1 has no anchor'):
        LGRHead(C, D, M).set_anchors(feats, mask)


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
    assert float(scores.sum()) == pytest.approx(1, abs=1e-5)
