"""Both stages as a user runs them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from dist_utils import free_port
from forked import kill_tool, run_tool
from mmengine.config import Config
from mmengine.runner import Runner
from repo import REPO
from tiny_runs import NAMES, write_tiny_runs

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, select_anchors, train
from vlltr_mm.structures import AnchorSet


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """Both stages, trained once for the tests of this file."""
    root = tmp_path_factory.mktemp('run')
    stage1, stage2 = write_tiny_runs(root)
    train(stage2)
    return root, stage1, stage2


def test_one_command_leaves_everything(run):
    root, _, _ = run
    for file in (
        'stage1/epoch_2.pth',
        'stage1/anchors.safetensors',
        'stage1/anchors.json',
        'stage1/anchors.csv',
        'stage2/epoch_2.pth',
    ):
        assert (root / 'runs' / file).is_file(), file
    anchors = AnchorSet.load(root / 'runs/stage1/anchors.safetensors')
    assert anchors.feats.shape == (4, 3, 16)
    assert anchors.mask.all()
    assert (anchors.losses.diff(dim=1) >= 0).all()
    text = json.loads((root / 'runs/stage1/anchors.json').read_text())
    assert len(text) >= 1


def test_stage_one_metrics_are_logged(run):
    root, _, _ = run
    log = next((root / 'runs/stage1').glob('*/vis_data/scalars.json'))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    values = [row for row in rows if 'retrieval/image_top1' in row]
    assert len(values) == 2
    for rule in ('image', 'vote', 'prototype', 'text'):
        assert 0 <= values[-1][f'retrieval/{rule}_top1'] <= 100
    losses = [row for row in rows if 'loss_ccl' in row]
    assert {'loss_ccl', 'loss_distill', 'scale'} <= set(losses[0])


def test_a_finished_stage_is_not_trained_again(run):
    root, _, stage2 = run
    file = root / 'runs/stage1/epoch_2.pth'
    before = file.stat().st_mtime_ns
    train(stage2, RunOptions(work_dir=str(root / 'again')))
    assert file.stat().st_mtime_ns == before
    # Same seed, same towers, same numbers.
    first, second = (
        torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']
        for folder in (root / 'runs/stage2', root / 'again')
    )
    for key, value in first.items():
        torch.testing.assert_close(value, second[key], rtol=0, atol=0)


@pytest.mark.slow
def test_lost_anchors_come_back_without_training(run):
    root, _, stage2 = run
    folder = root / 'runs/stage1'
    before = AnchorSet.load(folder / 'anchors.safetensors')
    stamp = (folder / 'epoch_2.pth').stat().st_mtime_ns
    (folder / 'anchors.safetensors').unlink()
    train(stage2, RunOptions(work_dir=str(root / 'lost'), resume='auto'))
    again = AnchorSet.load(folder / 'anchors.safetensors')
    torch.testing.assert_close(again.feats, before.feats)
    assert (folder / 'epoch_2.pth').stat().st_mtime_ns == stamp


def test_checkpoint_alone_is_tested(run):
    root, _, stage2 = run
    hidden = root / 'hidden'
    shutil.move(root / 'runs/stage1', hidden)
    try:
        metrics = apis.test(stage2, str(root / 'runs/stage2/epoch_2.pth'))
        assert set(metrics) == {f'accuracy/{key}' for key in ('top1', 'many', 'medium', 'few')}
        with pytest.raises(FileNotFoundError, match='tools/train.py'):
            Runner.from_cfg(Config.fromfile(stage2)).train()
    finally:
        shutil.move(hidden, root / 'runs/stage1')


def test_inferencer_names_a_class(run):
    from mmpretrain import ImageClassificationInferencer

    root, _, stage2 = run
    inferencer = ImageClassificationInferencer(
        stage2, pretrained=str(root / 'runs/stage2/epoch_2.pth'), classes=list(NAMES)
    )
    image = next((root / 'data/test/red_square').glob('*.jpg'))
    result = inferencer(str(image))[0]
    assert result['pred_class'] in NAMES
    assert sum(result['pred_scores']) == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_plain_runner_trains_both_configs(run):
    root, stage1, stage2 = run
    for path in (stage1, stage2):
        cfg = Config.fromfile(path)
        cfg.work_dir = str(root / 'plain' / Path(path).stem)
        cfg.train_cfg.max_epochs = 1
        Runner.from_cfg(cfg).train()
        assert Path(cfg.work_dir, 'epoch_1.pth').is_file()


@pytest.mark.slow
def test_a_stock_resnet_trains_on_the_anchors_with_mixup(run):
    root, _, stage2 = run
    cfg = Config.fromfile(stage2)
    cfg.merge_from_dict(
        dict(
            work_dir=str(root / 'resnet'),
            train_cfg=dict(max_epochs=1),
            model=dict(
                backbone=dict(_delete_=True, type='ResNet', depth=18),
                neck=dict(type='GlobalAveragePooling'),
                head=dict(in_channels=512, embed_dims=16),
                train_cfg=dict(
                    augments=[dict(type='Mixup', alpha=0.8), dict(type='CutMix', alpha=1.0)]
                ),
            ),
        )
    )
    runner = Runner.from_cfg(cfg)
    before = runner.model.head.proj_visual.weight.detach().clone()
    runner.train()
    assert not torch.equal(before, runner.model.head.proj_visual.weight)


def test_offline_selection_repeats_the_hook(run):
    root, stage1, _ = run
    checkpoint = str(root / 'runs/stage1/epoch_2.pth')
    cfg = Config.fromfile(stage1)
    again = select_anchors(cfg, checkpoint, device='cpu')
    first = AnchorSet.load(root / 'runs/stage1/anchors.safetensors')
    torch.testing.assert_close(again.feats, first.feats)
    torch.testing.assert_close(again.losses, first.losses)
    fewer = select_anchors(
        cfg,
        checkpoint,
        str(root / 'cut.safetensors'),
        selector=dict(type='CutOffSelector', num_anchors=2),
    )
    assert fewer.feats.shape == (4, 2, 16)
    assert fewer.sentence_ids[1].tolist() == [5, 6]
    assert fewer.losses.isnan().all()
    assert AnchorSet.load(root / 'cut.safetensors').feats.shape == (4, 2, 16)


@pytest.mark.slow
def test_select_anchors_tool(run):
    root, stage1, _ = run
    out = root / 'tool' / 'anchors.safetensors'
    done = run_tool(
        REPO / 'tools/select_anchors.py',
        stage1,
        root / 'runs/stage1/epoch_2.pth',
        out,
        '--num-anchors',
        2,
        '--images-from',
        'val_dataloader',
        '--device',
        'cpu',
    )
    assert done.returncode == 0
    anchors = AnchorSet.load(out)
    assert anchors.feats.shape == (4, 2, 16)
    assert 'ImageNet_LT_val' in anchors.meta['image_set']
    rows = out.with_suffix('.csv').read_text().splitlines()
    assert rows[0] == 'index,name,l_lin,anchor,sentence'
    assert len(rows) == 1 + 4 * 5


@pytest.mark.slow
def test_killed_runs_resume_to_the_bit(tmp_path):
    """Crops, sentences, mixtures: all are those of the unbroken run."""
    _, stage2 = write_tiny_runs(tmp_path)
    loader = ('train_dataloader.num_workers=1', 'train_dataloader.persistent_workers=False')
    with open(stage2, 'a') as file:
        file.write("model['train_cfg'] = dict(augments=dict(type='Mixup', alpha=0.8))")
    options = ('--cfg-options', *loader, '--pretrain-cfg-options', *loader)
    tool = (REPO / 'tools/train.py', stage2, *options)
    # An interpreter of its own: its sets of text have an order of their own.
    env = dict(os.environ, PYTHONPATH=str(REPO), OMP_NUM_THREADS='1')
    subprocess.run([sys.executable, *tool], env=env, check=True, capture_output=True)
    runs = tmp_path / 'runs'
    shutil.move(runs, tmp_path / 'unbroken')
    kill_tool('rename .*/stage1/epoch_2.pth$', *tool, '--resume')
    assert not (runs / 'stage1/anchors.safetensors').is_file()
    kill_tool('rename .*/stage2/epoch_2.pth$', *tool, '--resume')
    assert not (runs / 'stage2/epoch_2.pth').is_file()
    assert run_tool(*tool, '--resume').returncode == 0
    for file in ('stage1/epoch_2.pth', 'stage2/epoch_2.pth'):
        one, other = (
            torch.load(folder / file, weights_only=False)
            for folder in (runs, tmp_path / 'unbroken')
        )
        for key in ('state_dict', 'optimizer'):
            assert_equal(one[key], other[key])


def assert_equal(one, other):
    """Compare nested containers of tensors bit for bit."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, (dict, list, tuple)):
        assert len(one) == len(other)
        pairs = one.items() if isinstance(one, dict) else enumerate(one)
        for key, value in pairs:
            assert_equal(value, other[key])
    else:
        assert one == other


@pytest.mark.slow
def test_two_processes_without_a_gpu(tmp_path):
    _, stage2 = write_tiny_runs(tmp_path)
    env = dict(os.environ, PYTHON=sys.executable, OMP_NUM_THREADS='1', PORT=str(free_port()))
    subprocess.run(['bash', REPO / 'tools/dist_train.sh', stage2, '2'], env=env, check=True)
    checkpoint = tmp_path / 'runs/stage2/epoch_2.pth'
    subprocess.run(
        [
            'bash',
            REPO / 'tools/dist_test.sh',
            stage2,
            checkpoint,
            '2',
            '--out',
            tmp_path / 'two.json',
            '--out-item',
            'metrics',
        ],
        env=env,
        check=True,
    )
    two = json.loads((tmp_path / 'two.json').read_text())
    one = apis.test(stage2, str(checkpoint))
    assert two == pytest.approx(one, nan_ok=True)
