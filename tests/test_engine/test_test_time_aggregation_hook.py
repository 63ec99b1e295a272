"""Weights of experts learned on test images, against loops and by their effect."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from dist_utils import run_ranks
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.runner import Runner
from mmpretrain.models import ImageClassifier
from PIL import Image

from vlltr_mm.engine import TestTimeAggregationHook
from vlltr_mm.engine.hooks.test_time_aggregation_hook import view_agreement

SGD = dict(type='SGD', lr=2.0)
FLIP = [dict(type='RandomFlip', prob=0.5, direction='horizontal')]
HEAD = dict(
    type='MultiExpertClsHead',
    num_classes=3,
    in_channels=2,
    loss=dict(type='DiverseExpertLoss', class_counts=[9, 3, 1]),
)


class Halves(BaseModule):
    """Three experts: brightness of the left and right half, the same again, and nothing."""

    experts = range(3)

    def forward(self, x):
        halves = torch.stack([h.mean(dim=(1, 2, 3)) for h in x.chunk(2, dim=3)], dim=1)
        return halves, halves, torch.ones_like(halves)


def classifier(head=HEAD):
    """Build a model whose first two experts tell left from right, while the third is steady."""
    model = ImageClassifier(
        Halves(),
        head=head,
        data_preprocessor=dict(
            type='ClsDataPreprocessor', mean=[127.5] * 3, std=[64.0] * 3, to_rgb=True
        ),
    )
    if head is HEAD:
        for fc, first in zip(model.head.fcs, ([1.0, -1.0], [1.0, -1.0], [1.0, 1.0])):
            fc.weight.data = torch.tensor([first, [-1.0, 1.0], [-1.0, -1.0]])
    return model


def test_agreement_equals_the_formula():
    generator = torch.Generator().manual_seed(0)
    views = 3 * torch.randn(2, 4, 3, 5, dtype=torch.float64, generator=generator)
    weights = torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)
    total = 0.0
    for first, second in zip(*views.tolist()):
        scores = []
        for experts in (first, second):
            mixed = [sum(a * z[c] for a, z in zip(weights.tolist(), experts)) for c in range(5)]
            powers = [math.exp(v) for v in mixed]
            scores.append([p / sum(powers) for p in powers])
        p, q = scores
        dot = sum(a * b for a, b in zip(p, q))
        total += dot / math.sqrt(sum(a * a for a in p) * sum(b * b for b in q))
    assert float(view_agreement(*views, weights)) == pytest.approx(total / 4, rel=1e-9)


def test_agreement_by_hand():
    """One expert says 1:0 twice, the other 1:0 and then 0:1; weights decide."""
    sure, far = [20.0, -20.0], [-20.0, 20.0]
    first, second = torch.tensor([[sure, sure]]), torch.tensor([[sure, far]])
    assert float(view_agreement(first, second, torch.tensor([1.0, 0.0]))) == pytest.approx(1)
    assert float(view_agreement(first, second, torch.tensor([0.0, 1.0]))) == pytest.approx(0)
    # Equal weights: 1:0 against 1:1, the cosine of 45 degrees.
    half = view_agreement(first, second, torch.tensor([0.5, 0.5]))
    assert float(half) == pytest.approx(math.sqrt(0.5))


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    lines = []
    for number in range(12):
        halves = np.repeat(rng.integers(0, 256, (1, 2, 3), dtype=np.uint8), 16, axis=1)
        Image.fromarray(np.repeat(halves, 32, axis=0)).save(tmp_path / f'{number}.png')
        lines.append(f'{number}.png {number % 3}\n')
    (tmp_path / 'list.txt').write_text(''.join(lines))
    return tmp_path


def make_runner(folder, view=FLIP, model=None, **settings):
    """Build a test of twelve images."""
    loader = dict(
        batch_size=4,
        num_workers=0,
        dataset=dict(
            type='CustomDataset',
            data_root=str(folder),
            ann_file='list.txt',
            metainfo=dict(classes=('a', 'b', 'c')),
            test_mode=True,
            pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')],
        ),
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'),
    )
    settings = dict(dict(optimizer=SGD, batch_size=6, num_workers=0), **settings)
    parts = dict(test_dataloader=loader, test_cfg=dict(), test_evaluator=dict(type='Accuracy'))
    return Runner(
        model or classifier(),
        work_dir=str(folder / 'runs'),
        custom_hooks=[dict(type='TestTimeAggregationHook', view=view, **settings)],
        default_scope='mmpretrain',
        randomness=dict(seed=0),
        cfg=Config(parts),
        **parts,
    )


def learned(runner):
    """Return the weights during the test."""
    seen = []
    hook = next(h for h in runner.hooks if isinstance(h, TestTimeAggregationHook))
    before = hook.before_test

    def record(runner):
        before(runner)
        seen.append(runner.model.head.expert_weights.tolist())

    hook.before_test = record
    runner.test()
    return seen[0]


def test_a_steady_expert_gains_and_the_model_is_as_it_was_afterwards(folder):
    runner = make_runner(folder)
    before = {k: v.clone() for k, v in runner.model.state_dict().items()}
    weights = learned(runner)
    assert sum(weights) == pytest.approx(1)
    assert weights[2] == max(weights) > 0.4
    for name, tensor in runner.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not any(p.grad is not None for p in runner.model.parameters())


def test_views_that_are_the_same_leave_the_weights_alone(folder):
    still = [dict(type='RandomFlip', prob=0.0)]
    assert learned(make_runner(folder, still)) == pytest.approx([1 / 3] * 3, abs=1e-4)


def test_stops_when_an_expert_hardly_counts(folder):
    few = learned(make_runner(folder, min_weight=0.34))  # below it from the start
    many = learned(make_runner(folder, min_weight=0.0))
    assert few[2] < many[2]


class Batches(list):
    """A loader of batches of two views."""

    sampler = SimpleNamespace(set_epoch=lambda epoch: None)


def on_a_rank(rank, world_size):
    """Learn from this rank's share of each batch."""
    views = 255 * torch.rand(3, 2, 8, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    batches = Batches(dict(inputs=[*pair[:, rank::world_size]]) for pair in views)
    runner = SimpleNamespace(logger=SimpleNamespace(info=lambda text: None))
    hook = TestTimeAggregationHook(FLIP, dict(SGD, momentum=0.9, weight_decay=0.01))
    return hook._learn(classifier().eval(), batches, runner).tolist()


def test_two_ranks_learn_what_one_process_does():
    first, second = run_ranks(on_a_rank)
    assert first == second
    assert first == pytest.approx(on_a_rank(0, 1), rel=1e-5) != pytest.approx([1 / 3] * 3)


def test_errors(folder):
    with pytest.raises(ValueError, match='view is empty'):
        TestTimeAggregationHook([], SGD)
    with pytest.raises(ValueError, match='max_epochs'):
        TestTimeAggregationHook(FLIP, SGD, max_epochs=0)
    plain = dict(
        type='ImageClassifier',
        backbone=dict(type='CIFARResNet', depth=8),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=64),
    )
    with pytest.raises(ValueError, match='LinearClsHead, without experts to weigh'):
        make_runner(folder, model=plain).test()
    router = dict(type='ExpertRouterHead', num_classes=3, in_channels=2, num_logits=3)
    with pytest.raises(ValueError, match='ExpertRouterHead, which weighs no experts'):
        make_runner(folder, model=classifier(router)).test()
    runner = make_runner(folder)
    runner.cfg.test_dataloader.dataset.pipeline = [dict(type='PackInputs')]
    with pytest.raises(ValueError, match='test pipeline begins with PackInputs'):
        runner.test()
