"""A dry run finds what would end or falsify a run of one stage."""

import io

import pytest
from image_files import DAMAGED
from mmengine.config import Config
from mmpretrain.registry import MODELS
from PIL import Image
from repo import REPO
from rich.console import Console
from tiny_runs import write_data
from torch import nn

from vlltr_mm.apis import RunOptions, check_recipe, print_report
from vlltr_mm.models import AnchorHead

CONFIG = """
_base_ = '{configs}/demo/baselines/ce_tiny_shapes_lt.py'
work_dir = '{root}/run'
data_preprocessor = dict(num_classes=4)
model = dict(
    backbone=dict(
        _delete_=True, type='ResNet', depth=18, base_channels=8, stem_channels=8),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(num_classes=4, in_channels=64))
images = dict(data_root='{root}', serialize_data=False)
train_dataloader = dict(batch_size=8, num_workers=0, dataset=images)
val_dataloader = dict(num_workers=0, dataset=images)
test_dataloader = dict(num_workers=0, dataset=images)
"""


@pytest.fixture
def config(tmp_path):
    write_data(tmp_path)
    path = tmp_path / 'config.py'
    path.write_text(CONFIG.format(configs=REPO / 'configs', root=tmp_path))
    return str(path)


def check(config, num_gpus=1, decode=False, **options):
    (report,) = check_recipe(config, RunOptions(cfg_options=options), num_gpus, None, decode=decode)
    return report


def test_a_good_one_and_one_with_each_fault_of_its_data(config, tmp_path):
    assert check(config).problems == []
    for index, (content, _) in enumerate(DAMAGED.values()):
        (tmp_path / f'train/red_square/{index}.jpg').write_bytes(content)
    square = tmp_path / 'val/blue_square/0.jpg'
    Image.open(square).resize((48, 32)).save(square)
    with open(tmp_path / 'ImageNet_LT_train.txt', 'a') as file:
        file.write('more/9.jpg 1\n./more/9.jpg 0\n./test/red_square/0.jpg 0\n' * 2)
    text = '\n'.join(check(config, decode=True).problems)
    for part in (
        'train data: 10 of 48 images looked at cannot be used',
        'train data: 1 images have several labels, such as ',
        '1 images stand in the lists of both train and test, such as ',
    ):
        assert part in text
    assert 'val data' not in text  # the template resizes
    pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
    problems = check(config, **{'val_dataloader.dataset.pipeline': pipeline}).problems
    (problem,) = [problem for problem in problems if problem.startswith('val data')]
    assert problem.startswith('val data: images leave the pipeline in different sizes, such as ')


def test_widths_batches_and_counts(config):
    text = '\n'.join(
        check(
            config,
            **{
                'model.head.in_channels': 32,
                'train_dataloader.batch_size': 64,
                'train_dataloader.drop_last': True,
                'val_evaluator.class_counts': [1, 2, 3],
                'val_dataloader.dataset.pipeline.0.ignore_empty': True,
            },
        ).problems
    )
    for part in (
        'a batch: model.head.in_channels is 32, but backbone and neck give features of width 64',
        'train data: train_dataloader has no whole batch: an epoch draws 45 images on one rank',
        'evaluation: class_counts has 3 counts for 4 classes',
        'data sets: The pipeline of val_dataloader.dataset may skip images',
    ):
        assert part in text


@MODELS.register_module()
class OwnAnchorHead(AnchorHead):
    """A head of one's own."""

    def __init__(self, num_classes, in_channels, **kwargs):
        super().__init__(nn.Linear(in_channels, num_classes), num_classes, in_channels, **kwargs)

    def forward(self, feats):
        return sum(self.branch_logits(feats))


def test_anchors_of_any_head_are_looked_for(config, tmp_path):
    head = dict(type='OwnAnchorHead', num_classes=4, in_channels=64, num_anchors=2)
    path = str(tmp_path / 'none.safetensors')
    report = check(config, **{'model.head': dict(head, _delete_=True, anchors=path)})
    (problem,) = report.problems
    assert problem.startswith('head.anchors: ') and f'{path} does not exist' in problem
    assert report.memory['anchors and what is derived from them'] > 4 * 4 * 2 * 64


def test_training_by_iterations(config):
    schedule = [
        dict(type='LinearLR', start_factor=0.5, by_epoch=False, end=10),
        dict(type='CosineAnnealingLR', by_epoch=False, begin=10, eta_min=0),
    ]
    loop = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=40, val_interval=20)
    report = check(config, train_cfg=loop, param_scheduler=schedule)
    assert report.problems == []
    rates = [rate[0] for rate in report.learning_rates]
    assert len(rates) == 40 and rates[0] == pytest.approx(rates[10] / 2)
    assert rates[10] == max(rates) and rates[-1] < 0.01 * rates[10]
    console = Console(file=io.StringIO(), width=100)
    print_report(report, console)
    assert 'by iteration' in console.file.getvalue()
    loop = dict(loop, _delete_=True)
    epochs = [dict(type='CosineAnnealingLR', eta_min=0)]
    report = check(config, train_cfg=loop, param_scheduler=epochs)
    assert 'counts epochs, but the training counts iterations' in report.problems[0]
    report = check(config, train_cfg=dict(_delete_=True, by_epoch=True))
    assert 'give it max_epochs, or max_iters with by_epoch=False' in '\n'.join(report.problems)


def test_wrapped_training_data(config):
    inner = Config.fromfile(config).train_dataloader.dataset
    repeated = dict(_delete_=True, type='RepeatDataset', times=3, dataset=inner)
    report = check(config, **{'train_dataloader.dataset': repeated})
    assert report.problems == [] and report.iters_per_epoch == 3 * 45 // 8
    assert report.data[0].splits == (0, 1, 3)
