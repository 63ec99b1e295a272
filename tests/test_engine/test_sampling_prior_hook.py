"""Losses have the prior of what the sampler draws."""

from types import SimpleNamespace

import pytest
import torch
from labelled_data import COUNTS, Labelled
from mmengine.config import Config
from mmengine.dataset import DefaultSampler
from mmengine.hooks import EMAHook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import BatchSampler, DataLoader

from vlltr_mm.datasets import (
    BatchBalancedSampler,
    ClassBalancedSampler,
    FeatureDataset,
    ProgressivelyBalancedSampler,
)
from vlltr_mm.engine.hooks import SamplingPriorHook, sampling_prior_hook
from vlltr_mm.models import CosineLinearClsHead, LogitAdjustedLoss
from vlltr_mm.structures import FeatureBank

TRUE = [60, 25, 1, 12, 3]  # COUNTS, with class 2, which has no image, as 1
SQUARE_ROOTS = [n**0.5 for n in COUNTS]


class Points(Labelled):
    """A point for each label, and the counts of the classes."""

    metainfo = dict(classes=tuple('abcde'), class_counts=COUNTS)

    def __getitem__(self, index):
        return torch.tensor([index / 100, 1.0]), int(self.labels[index])


class Net(BaseModel):
    """A line, two losses with a prior, and one without."""

    def __init__(self, **kwargs):
        super().__init__()
        self.linear = nn.Linear(2, 5)
        self.losses = nn.ModuleList([LogitAdjustedLoss(TRUE, **kwargs), nn.CrossEntropyLoss()])
        self.head = CosineLinearClsHead(
            5, 2, loss=dict(type='LogitAdjustedLoss', class_counts=TRUE)
        )
        self.seen = []

    def forward(self, x, y, mode='tensor'):
        scores = self.linear(x)
        if mode != 'loss':
            return scores
        self.seen.append(shares_of(self.losses[0]))
        return dict(loss=sum(loss(scores, y) for loss in self.losses))


def shares_of(loss):
    """Return the prior of a loss, by what it adds to the logits."""
    added = loss._log_prior(loss.counts.double())
    return added.softmax(dim=0).tolist()


def runner_of(model, sampler, data=None, **kwargs):
    loader = DataLoader(data or Points(), 8, sampler=sampler, **kwargs)
    return SimpleNamespace(
        model=model, train_dataloader=loader, logger=SimpleNamespace(info=lambda text: None)
    )


def told(model, sampler, **kwargs):
    """Return the shares of the first loss once a run begins."""
    SamplingPriorHook().before_train(runner_of(model, sampler, **kwargs))
    return shares_of(model.losses[0])


def expected(weights):
    """Return shares with the class that is never drawn as the rarest."""
    weights = [w or min(v for v in weights if v) for w in weights]
    return pytest.approx([w / sum(weights) for w in weights])


@pytest.mark.parametrize('power', [1, 0.5, 0])
def test_every_loss_has_the_prior_of_the_power(power):
    model = Net()
    sampler = ClassBalancedSampler(Points(), power=power)
    assert told(model, sampler) == expected([n and n**power for n in COUNTS])
    assert shares_of(model.head.loss_module) == shares_of(model.losses[0])


def test_other_samplers_of_ours_and_the_hosts():
    assert told(Net(), DefaultSampler(Points())) == expected(COUNTS)
    assert told(Net(), BatchBalancedSampler(Points(), 8)) == expected([1] * 5)
    model = Net()
    drawn = BatchSampler(ClassBalancedSampler(Points()), 8, drop_last=True)
    loader = DataLoader(Points(), batch_sampler=drawn)
    runner = SimpleNamespace(
        model=model, train_dataloader=loader, logger=SimpleNamespace(info=lambda text: None)
    )
    SamplingPriorHook().before_train(runner)
    assert shares_of(model.losses[0]) == expected(SQUARE_ROOTS)


def test_a_model_behind_ddp_and_stored_features(tmp_path):
    labels = torch.from_numpy(Labelled().labels)
    FeatureBank(torch.ones(200, 2), labels.repeat(2)).save(str(tmp_path / 'bank.safetensors'))
    data = FeatureDataset(str(tmp_path / 'bank.safetensors'), views=2)
    model = Net()
    wrapped = DistributedDataParallel.__new__(DistributedDataParallel)
    nn.Module.__init__(wrapped)
    wrapped.module = model
    hook = SamplingPriorHook()
    hook.before_train(runner_of(wrapped, ClassBalancedSampler(data), data))
    assert shares_of(model.losses[0]) == expected(SQUARE_ROOTS)


def test_a_run_without_such_a_loss_is_left_alone():
    class Unreadable:
        def __getattr__(self, name):
            raise AssertionError(name)

    runner = SimpleNamespace(model=nn.Linear(1, 1), train_dataloader=Unreadable())
    hook = SamplingPriorHook()
    hook.before_train(runner)
    hook.before_train_iter(runner, 0)


def test_a_sampler_that_is_not_known_is_refused_or_told_by_hand():
    sampler = torch.utils.data.WeightedRandomSampler([1.0] * 100, 100)
    with pytest.raises(ValueError, match='model.losses.0 .*WeightedRandomSampler draws is not kn'):
        told(Net(), sampler)
    batches = [[0, 1], [2, 3]]  # a batch sampler without a sampler
    loader = DataLoader(Points(), batch_sampler=batches)
    with pytest.raises(ValueError, match='what list draws is not known.*sampling_power=p'):
        SamplingPriorHook().before_train(SimpleNamespace(model=Net(), train_dataloader=loader))
    model = nn.ModuleDict(dict(loss=LogitAdjustedLoss(TRUE, sampling_power=0.5)))
    SamplingPriorHook().before_train(runner_of(model, sampler))
    weights = [n**0.5 for n in TRUE]
    assert shares_of(model['loss']) == pytest.approx([w / sum(weights) for w in weights])
    # Also beside a sampler that is known.
    SamplingPriorHook().before_train(runner_of(model, BatchBalancedSampler(Points(), 8)))
    assert shares_of(model['loss']) == pytest.approx([w / sum(weights) for w in weights])


@pytest.mark.parametrize(
    'make',
    [
        ClassBalancedSampler,
        lambda data: BatchBalancedSampler(data, 8),
        lambda data: ProgressivelyBalancedSampler(data, 4),
    ],
)
def test_tau_beside_a_sampler_that_balances_is_refused(make):
    with pytest.raises(ValueError, match='tau=0.5 beside .*Sampler.*Leave tau out'):
        told(Net(tau=0.5), make(Points()))
    told(Net(tau=0.5), ClassBalancedSampler(Points(), power=1))
    told(Net(tau=0.5), DefaultSampler(Points()))


def test_counts_of_other_data_are_said_and_more_labels_refused(monkeypatch):
    said = []
    monkeypatch.setattr(sampling_prior_hook, 'print_log', lambda text, *_, **__: said.append(text))
    told(Net(), DefaultSampler(Points()))
    assert not said
    SamplingPriorHook().before_train(
        runner_of(nn.Sequential(LogitAdjustedLoss([9] * 5)), DefaultSampler(Points()))
    )
    assert 'model.0 has other class_counts than the training set' in said[0]
    said.clear()
    model = nn.ModuleDict(dict(loss=LogitAdjustedLoss([1, 2, 3])))
    with pytest.raises(ValueError, match='shares >= 0 of up to 3 classes'):
        SamplingPriorHook().before_train(runner_of(model, DefaultSampler(Points())))
    # The data set gives no counts, and no labels: those of class_counts.
    data = torch.utils.data.TensorDataset(torch.zeros(9))
    assert told(Net(), DefaultSampler(data), data=data) == expected(TRUE)
    assert not said


def train(folder, sampler, loop=None, resume=False, stop=None, hooks=None):
    """Run with the hook; return the model."""
    torch.manual_seed(0)
    model = Net()
    runner = Runner(
        model=model,
        work_dir=str(folder),
        train_dataloader=dict(
            batch_size=10,
            dataset=Points(),
            sampler=sampler,
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=loop or dict(by_epoch=True, max_epochs=stop or 4),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        default_hooks=dict(
            sampling_prior=dict(type='SamplingPriorHook'),
            checkpoint=dict(type='CheckpointHook', interval=1),
        ),
        custom_hooks=hooks,
        resume=resume,
        randomness=dict(seed=0),
        cfg=Config(dict(a=1)),
        experiment_name=str(folder).replace('/', '_') + str(stop),
        default_scope='mmpretrain',
        log_level='WARNING',
    )
    runner.train()
    return model


def test_progressive_sampling_is_followed_and_resumed(tmp_path):
    sampler = dict(type='ProgressivelyBalancedSampler', max_epochs=4)
    whole = train(tmp_path / 'whole', sampler)
    assert len(whole.seen) == 40
    for index, seen in enumerate(whole.seen):
        t = index // 10 / 4
        mixed = [n and (1 - t) * n / 100 + t / 4 for n in COUNTS]
        assert seen == expected(mixed)
    train(tmp_path / 'part', sampler, stop=2)
    rest = train(tmp_path / 'part', sampler, resume=True)
    assert rest.seen == whole.seen[20:]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, rest.state_dict()[name]), name


class Turning(ClassBalancedSampler):
    """By image in its first epoch, by class from then on."""

    def set_epoch(self, epoch):
        super().set_epoch(epoch)
        self.power = 0 if epoch else 1


def test_a_sampler_of_a_user_is_followed_too():
    model, hook = Net(), SamplingPriorHook()
    runner = runner_of(model, Turning(Points(), power=1))
    hook.before_train(runner)
    seen = []
    for epoch in range(2):
        runner.train_dataloader.sampler.set_epoch(epoch)
        for index in range(2):
            hook.before_train_iter(runner, index)
            seen.append(shares_of(model.losses[0]))
    assert seen[0] == seen[1] == expected(COUNTS)
    assert seen[2] == seen[3] == expected([1] * 5)


def test_a_loop_by_iterations_has_epochs_of_the_sampler(tmp_path, monkeypatch):
    monkeypatch.setattr('mmengine.runner.loops.time.sleep', lambda seconds: None)
    sampler = dict(type='ProgressivelyBalancedSampler', max_epochs=2)
    loop = dict(by_epoch=False, max_iters=15)
    model = train(tmp_path, sampler, loop, hooks=[dict(type=EMAHook)])
    for index, seen in enumerate(model.seen):
        t = index // 10 / 2
        assert seen == expected([n and (1 - t) * n / 100 + t / 4 for n in COUNTS])
