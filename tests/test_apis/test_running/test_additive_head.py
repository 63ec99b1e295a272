"""The additive head through every step of a run, as the paper's head goes."""

import pytest
import torch
from mmpretrain.registry import DATA_SAMPLERS
from tiny_runs import COUNTS, write_tiny_runs
from torch.utils.data import Sampler

from vlltr_mm.apis import RunOptions, check_recipe, train
from vlltr_mm.apis.running import stages
from vlltr_mm.models import AdditiveLGRHead
from vlltr_mm.structures import AnchorSet

CONFIG = """
_base_ = 'stage2.py'
work_dir = '{root}/runs/additive'
model = dict(
    head=dict(
        _delete_=True,
        type='AdditiveLGRHead',
        num_classes=4,
        in_channels=16,
        num_anchors=3,
        anchors='{root}/runs/stage1/anchors.safetensors',
        loss=dict(
            type='LogitAdjustedLoss',
            class_counts='{root}/data/ImageNet_LT_train.txt')))
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
"""


@DATA_SAMPLERS.register_module()
class Backwards(Sampler):
    """What a user may have written."""

    def __init__(self, dataset, seed=0, power=1):
        self.size = len(dataset)

    def __iter__(self):
        return iter(range(self.size - 1, -1, -1))

    def __len__(self):
        return self.size


def write(root):
    write_tiny_runs(root)
    path = root / 'additive.py'
    path.write_text(CONFIG.format(root=root))
    return str(path)


def prior_of(model):
    loss = model.head.loss_module
    return loss._log_prior(loss.counts.double()).softmax(dim=0).tolist()


def shares(power):
    return pytest.approx([n**power / sum(m**power for m in COUNTS) for n in COUNTS])


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp('run')
    config = write(root)
    return root, config, train(config)


@pytest.mark.slow
def test_the_dry_run_names_the_prior_and_what_is_wrong(trained):
    _, config, _ = trained
    report = check_recipe(config, num_gpus=1)[-1]
    assert not report.problems
    assert any('ClassBalancedSampler draws, 4 classes with shares' in n for n in report.notes)
    groups = {name: group.lr for group in report.groups for name in group.names}
    assert groups['head.visual_mlp.weight'] == pytest.approx(1e3 * groups['head.proj_q.weight'])
    for key, value, problem in (
        ('model.head.loss.tau', 0.5, 'tau=0.5 beside ClassBalancedSampler'),
        ('train_dataloader.sampler.type', 'Backwards', 'what Backwards draws is not known'),
    ):
        options = RunOptions(cfg_options={key: value})
        problems = check_recipe(config, options, num_gpus=1)[-1].problems
        assert problem in problems[0]


@pytest.mark.slow
def test_it_is_trained_tested_and_resumed(trained, tmp_path):
    root, config, model = trained
    assert prior_of(model) == shares(0.5)  # of the demo's sampler
    file = AnchorSet.load(str(root / 'runs/stage1/anchors.safetensors'))
    assert torch.equal(model.head.anchor_feats, file.feats)
    scores = stages.test(config, str(root / 'runs/additive/epoch_2.pth'))
    assert any('top1' in key for key in scores)
    again = str(root / 'runs/additive/epoch_1.pth')
    resumed = train(config, RunOptions(work_dir=str(tmp_path), resume=again))
    for name, value in model.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


@pytest.mark.slow
def test_it_trains_on_stored_features(trained, tmp_path):
    _, config, model = trained
    still = dict(type='LoadImageFromFile'), dict(type='PackInputs')
    options = RunOptions(
        work_dir=str(tmp_path),
        feature_cache=1,
        cfg_options={
            'train_dataloader.dataset.pipeline': list(still),
            'train_dataloader.sampler.power': 0,
        },
    )
    cached = train(config, options)
    assert isinstance(cached.head, AdditiveLGRHead)
    assert prior_of(cached) == shares(0)
    assert cached.state_dict().keys() == model.state_dict().keys()
