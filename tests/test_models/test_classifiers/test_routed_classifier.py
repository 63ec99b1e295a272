"""Experts that see only the images that need them."""

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

COUNTS = [50, 9, 4, 1]
BACKBONE = dict(type='ExpertCIFARResNet', depth=8, num_experts=3)
EXPERTS = dict(
    type='ImageClassifier',
    backbone=BACKBONE,
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='MultiExpertClsHead',
        num_classes=4,
        in_channels=48,
        loss=dict(type='RIDELoss', class_counts=COUNTS),
    ),
)
ROUTER = dict(type='ExpertRouterHead', num_classes=4, in_channels=48, num_logits=3)


def routed(pretrained=None, **settings):
    return MODELS.build(
        dict(
            type='RoutedClassifier',
            pretrained=pretrained,
            backbone=dict(BACKBONE, frozen=True),
            neck=dict(type='GlobalAveragePooling'),
            head=dict(ROUTER, **settings),
        )
    )


@pytest.fixture
def experts(tmp_path):
    """The checkpoint of trained experts."""
    torch.manual_seed(0)
    model = MODELS.build(EXPERTS)
    model.init_weights()
    model.train()(images(16))  # running statistics of their own
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'experts.pth')
    return model, str(tmp_path / 'experts.pth')


def images(n=6):
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_starts_from_the_experts_and_predicts_as_they_do(experts):
    trained, path = experts
    model = routed(path, threshold=0).eval()
    model.init_weights()
    expected = trained.eval().predict(images())
    for found, wanted in zip(model.predict(images()), expected):
        torch.testing.assert_close(found.pred_score, wanted.pred_score)


def test_an_expert_computes_only_what_is_sent_to_it(experts):
    model = routed(experts[1]).eval()
    model.init_weights()
    feats = model.extract_feat(images())
    logits = model.head.expert_logits(feats)
    wanted = model.head.needs_next(feats[0], logits[:, 0], 0)
    model.head.router_fc.bias.data -= wanted.median()
    expected, used = model.head.route(feats)
    assert 1 in used and max(used) > 1
    seen = []
    for expert in model.backbone.experts:
        expert.register_forward_hook(lambda _, args, out: seen.append(len(args[0])))
    results = model.predict(images())
    assert seen == [int((used > e).sum()) for e in range(3) if (used > e).any()]
    assert [result.num_experts for result in results] == used.tolist()
    for result, row in zip(results, expected):
        torch.testing.assert_close(result.pred_score, row.softmax(dim=0))


def test_training_changes_the_router_alone(experts):
    model = routed(experts[1])
    model.init_weights()
    model.train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    trained = [p for p in model.parameters() if p.requires_grad]
    samples = [DataSample().set_gt_label(i % 4) for i in range(6)]
    model.loss(images(), samples)['loss'].backward()
    torch.optim.SGD(trained, lr=1.0).step()
    changed = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    assert changed and all(k.startswith(('head.hidden_fcs', 'head.router_fc')) for k in changed)


def test_a_checkpoint_alone_is_enough(experts):
    model = routed(experts[1])
    model.init_weights()
    other = routed('nowhere.pth').eval()
    other.load_state_dict(model.state_dict())
    for a, b in zip(other.predict(images()), model.eval().predict(images())):
        torch.testing.assert_close(a.pred_score, b.pred_score)


def test_refuses_other_experts(experts, tmp_path):
    torch.save(dict(state_dict=MODELS.build(EXPERTS['backbone']).state_dict()), tmp_path / 'b.pth')
    with pytest.raises(ValueError, match=r'b.pth does not fit the experts: .* missing'):
        routed(str(tmp_path / 'b.pth')).init_weights()
    with pytest.raises(FileNotFoundError):
        routed(str(tmp_path / 'c.pth')).init_weights()
    with pytest.raises(ValueError, match='CIFARResNet has no experts to route to'):
        MODELS.build(
            dict(
                type='RoutedClassifier',
                backbone=dict(type='CIFARResNet', depth=8),
                head=dict(ROUTER, in_channels=64),
            )
        )
