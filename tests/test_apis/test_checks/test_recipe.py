"""The dry run says what a config will do, and what does not fit."""

import io
import json
import re

import pytest
import torch
from forked import run_tool
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from repo import REPO
from rich.console import Console
from tiny_runs import write_tiny_runs

from vlltr_mm.apis import RunOptions, check_recipe, print_report, train
from vlltr_mm.apis.checks.data import data_roles
from vlltr_mm.apis.checks.schedule import iters_per_epoch, simulate_schedule
from vlltr_mm.structures import AnchorSet


@pytest.fixture
def runs(tmp_path):
    stage1, stage2 = write_tiny_runs(tmp_path)
    return tmp_path, stage1, stage2


def check(config, **cfg_options):
    return check_recipe(config, RunOptions(cfg_options=cfg_options), num_gpus=2)


def test_both_stages_of_a_good_config(runs):
    root, stage1, stage2 = runs
    first, second = check(stage2)
    assert (first.config, second.config) == (stage1, stage2)
    assert not first.problems and not second.problems
    train_data, val, test, images = first.data
    assert (train_data.name, val.name, test.name) == ('train', 'val', 'test')
    assert (train_data.size, train_data.num_classes) == (45, 4)
    assert train_data.splits == (0, 1, 3)
    assert train_data.sentences == 20
    assert train_data.input_shape == (3, 48, 48)
    assert images.name == 'images of AnSSHook' and images.sentences is None
    # 45 samples on 2 ranks: 23 each, in batches of 8, the last one dropped.
    assert first.iters_per_epoch == 2 and first.total_batch == 16
    assert first.params['frozen'] == 0 < second.params['frozen']
    assert first.memory['teacher'] > 0
    anchors = [v for k, v in second.memory.items() if 'anchors' in k][0]
    assert anchors >= 4 * 3 * 16 * 4
    assert any('yet to be written by stage1.py' in n for n in second.notes)


@pytest.mark.slow
def test_chunks_of_a_batch(runs):
    _, stage1, _ = runs
    tower = {'model.vision_backbone.norm_eval': True}
    whole, chunked = (check(stage1, **tower, **more)[0] for more in ({}, {'model.chunk_size': 4}))
    assert not whole.problems and not chunked.problems and chunked.total_batch == 16
    sizes = [
        next(size for what, size in report.memory.items() if 'activations of' in what)
        for report in (whole, chunked)
    ]
    assert 0 < sizes[1] <= sizes[0] / 2
    assert whole.cost is None  # a tower of no name, which nobody would measure
    (problem,) = check(stage1, **{'model.chunk_size': 4})[0].problems
    assert 'normalises by the batch' in problem and 'norm_eval=True' in problem


@pytest.mark.slow
def test_a_finished_stage_is_not_checked(runs):
    root, _, stage2 = runs
    train(stage2, RunOptions(cfg_options={'train_cfg.max_epochs': 1}))
    reports = check(stage2)
    assert [r.config for r in reports] == [stage2]
    assert not reports[0].problems and not reports[0].notes


def test_counts_are_those_of_the_model(runs):
    _, stage1, _ = runs
    init_default_scope('mmpretrain')
    cfg = Config.fromfile(stage1)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    report = check(stage1)[0]
    trained = [p for p in model.parameters() if p.requires_grad]
    assert report.params['trainable'] == sum(p.numel() for p in trained)
    assert sum(g.num_params for g in report.groups) == report.params['trainable']
    assert sum(len(g.names) for g in report.groups) == len(trained)
    flat = sum(p.numel() for p in trained if p.ndim == 1)
    undecayed = [g for g in report.groups if g.weight_decay == 0]
    assert sum(g.num_params for g in undecayed) == flat


def test_what_trains_nothing_has_no_schedule(runs):
    _, stage1, _ = runs
    nothing = dict(train_cfg=None, train_dataloader=None, optim_wrapper=None, custom_hooks=[])
    report = check(stage1, param_scheduler=None, **nothing)[0]
    assert report.params['trainable'] == 0 < report.params['frozen']
    assert not report.groups and report.iters_per_epoch is None
    console = Console(file=io.StringIO())
    print_report(report, console)
    assert 'iterations per epoch' not in console.file.getvalue()
    assert not report.problems


def test_a_stage_that_only_selects_anchors(runs):
    root, stage1, stage2 = runs
    (root / 'selecting.py').write_text(
        f"_base_ = '{stage1}'\n"
        f"work_dir = '{root}/runs/stage1'\n"
        'model = dict(teacher=False)\n'
        'param_scheduler = None\n'
        'train_cfg = dict(max_epochs=0)\n'
    )
    (report,) = check(str(root / 'selecting.py'))
    assert not report.problems
    assert not report.learning_rates and report.iters_per_epoch is None
    assert report.params['trainable'] == 0


def test_problems_are_collected_and_named(runs):
    root, stage1, _ = runs
    (root / 'data/train/red_square/0.jpg').unlink()
    (root / 'data/wiki/desc_1.txt').unlink()
    report = check(
        stage1,
        **{
            'model.vision_backbone.pretrained': 'no/such/clip.pt',
            'data_preprocessor.num_classes': 5,
        },
    )[0]
    text = '\n'.join(report.problems)
    assert 'val data: the data set has 4 classes, but data_preprocessor.num_classes is 5' in text
    assert "vision_backbone.pretrained: pretrained is 'no/such/clip.pt'" in text
    report = check(stage1)[0]
    text = '\n'.join(report.problems)
    assert "train data: Class 1 'green square' has no sentence" in text
    assert 'images of AnSSHook data: 1 of 45 images looked at cannot be used, such as' in text
    assert report.groups and report.learning_rates  # the rest was checked


@pytest.mark.slow
def test_classes_of_the_head(runs):
    _, _, stage2 = runs
    report = check(
        stage2,
        **{
            'model.head.num_classes': 7,
            'model.head.loss': dict(
                type='LabelSmoothLoss',
                label_smooth_val=0.1,
                mode='original',
                num_classes=3,
                _delete_=True,
            ),
        },
    )[-1]
    text = '\n'.join(report.problems)
    assert 'stage2.py is 7, but the data has 4 classes' in text
    assert re.search('model.head.loss.num_classes of .* is 3, but the data has 4', text)


@pytest.mark.slow
@pytest.mark.parametrize(
    'change, message',
    [
        ({'model.head.in_channels': 32}, 'takes 32-d anchors.*makes 16-d ones'),
        ({'model.head.num_anchors': 2}, 'selects 3 anchors a class.*takes 2'),
    ],
)
def test_what_the_stage_before_will_write(runs, change, message):
    _, _, stage2 = runs
    report = check(stage2, **change)[-1]
    assert re.search(message, '\n'.join(report.problems))


@pytest.mark.slow
def test_name_that_the_stage_before_does_not_write(runs):
    root, _, stage2 = runs
    report = check(stage2, **{'model.backbone.pretrained': f'{root}/runs/stage1/epoch_9.pth'})[-1]
    assert 'epoch_9.pth, which neither exists nor is written' in report.problems[0]
    assert 'that writes epoch_2.pth, anchors.safetensors' in report.problems[0]


@pytest.mark.slow
def test_anchors_of_another_width(runs):
    root, _, stage2 = runs
    folder = root / 'runs/stage1'
    AnchorSet(
        torch.randn(4, 3, 8),
        torch.ones(4, 3, dtype=torch.bool),
        torch.zeros(4, 3),
        torch.zeros(4, 3, dtype=torch.long),
        2.0,
        list('abcd'),
    ).save(str(folder / 'anchors.safetensors'))
    report = check(stage2)[-1]
    assert any('(4, 3, 8)' in p and p.startswith('head.anchors') for p in report.problems)


def test_one_data_set_in_two_roles_is_read_once():
    shared = dict(type='ImageNetLT', split='val')
    cfg = Config(
        dict(
            train_dataloader=dict(dataset=dict(type='ImageNetLT')),
            val_dataloader=dict(dataset=shared),
            test_dataloader=None,
            custom_hooks=[dict(type='AnSSHook', images=shared)],
        )
    )
    assert data_roles(cfg) == [
        ('train', dict(type='ImageNetLT')),
        ('val, images of AnSSHook', shared),
    ]


@pytest.mark.parametrize(
    'size, gpus, batch, drop, expected',
    [(45, 2, 8, True, 2), (45, 2, 8, False, 3), (48, 2, 8, True, 3), (7, 8, 1, True, 1)],
)
def test_iters_per_epoch(size, gpus, batch, drop, expected):
    loader = dict(batch_size=batch, drop_last=drop)
    assert iters_per_epoch(size, loader, gpus) == expected


@pytest.mark.slow
def test_schedule_is_what_a_runner_does(runs):
    """By epoch and by iteration, against MMEngine's own log."""
    root, stage1, _ = runs
    schedule = [
        dict(type='LinearLR', start_factor=0.25, by_epoch=False, end=3),
        dict(type='CosineAnnealingLR', eta_min=0, convert_to_iter_based=True),
    ]
    options = RunOptions(cfg_options=dict(param_scheduler=schedule))
    report = check_recipe(stage1, options, num_gpus=1)[0]
    train(stage1, options)
    log = next((root / 'runs/stage1').glob('*/vis_data/scalars.json'))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    rows = [row for row in rows if 'loss_ccl' in row]
    first = [row['lr'] for row in rows if row['step'] % report.iters_per_epoch == 1]
    assert [rates[0] for rates in report.learning_rates] == pytest.approx(first, rel=1e-6)


@pytest.mark.slow
def test_print(runs):
    _, _, stage2 = runs
    console = Console(record=True, width=100)
    for report in check(stage2):
        report.problems.append('a [made] problem')
        print_report(report, console)
    text = console.export_text()
    for part in (
        'many/medium/few',
        '3×48×48',
        'head.visual_mlp',
        'first iteration',
        'Problem: a [made] problem',
    ):
        assert part in text


@pytest.mark.slow
def test_tool(runs):
    _, _, stage2 = runs
    command = ('tools/analysis_tools/check_recipe.py', stage2, '--gpus', 1, '--all-files')
    good = run_tool(*command, cwd=REPO)
    assert good.returncode == 0, good.stderr
    assert good.stdout.count('No problem found') == 2
    bad = run_tool(*command, '--cfg-options', 'model.head.num_anchors=2', cwd=REPO)
    assert bad.returncode == 1 and 'selects 3 anchors' in bad.stdout


def test_simulation_leaves_the_config_alone(runs):
    _, stage1, _ = runs
    cfg = Config.fromfile(stage1)
    before = cfg.pretty_text
    model = torch.nn.Linear(2, 2)
    groups, rates = simulate_schedule(cfg, model, epoch_length=2)
    assert len(rates) == 2 and sum(g.num_params for g in groups) == 6
    assert cfg.pretty_text == before
