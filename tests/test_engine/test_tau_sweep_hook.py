"""τ is chosen on validation images, never on the test's."""

import csv

import pytest
from matplotlib.image import imread
from mmengine.config import ConfigDict
from mmengine.runner import Runner
from tiny_heads import head_config, head_runner, image_config, write_linear

from vlltr_mm.engine import TauSweepHook

TAUS = (0.0, 0.5, 1.0, 1.5)
HEAD = dict(type='TauNormClsHead', num_classes=4, in_channels=16, tau=9.0)


def hook(root, **kwargs):
    return dict(
        type='TauSweepHook',
        images=dict(image_config(root, 'val'), **kwargs),
        taus=TAUS,
        num_workers=0,
    )


@pytest.mark.slow
def test_the_sweep_equals_a_validation_with_each_tau(tmp_path):
    weights = write_linear(tmp_path)
    runner = head_runner(tmp_path, HEAD, [hook(tmp_path)], weights)
    runner.test()
    with open(tmp_path / 'work/tau_sweep.csv') as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    assert [row['tau'] for row in rows] == list(TAUS)
    plain = head_runner(tmp_path, HEAD, load_from=weights)
    for row in rows:
        plain.model.head.tau = row['tau']
        metrics = plain.val()
        for name in ('top1', 'medium', 'few'):
            assert row[name] == pytest.approx(metrics[f'accuracy/{name}'])
    top1 = [row['top1'] for row in rows]
    assert len(set(top1)) > 1  # else this test says nothing
    assert runner.model.head.tau == TAUS[top1.index(max(top1))]
    log = ''.join(f.read_text() for f in (tmp_path / 'work').glob('*/*.log'))
    assert f'the test uses tau={runner.model.head.tau}' in log
    assert '   tau   top1   many medium    few' in log
    assert imread(tmp_path / 'work/tau_sweep.png').std() > 0


def test_the_images_of_a_loader(tmp_path):
    weights = write_linear(tmp_path)
    taus = []
    for images in (hook(tmp_path)['images'], 'val_dataloader'):
        runner = head_runner(tmp_path, HEAD, [dict(hook(tmp_path), images=images)], weights)
        runner.test()
        taus.append((tmp_path / 'work/tau_sweep.csv').read_text())
    assert taus[0] == taus[1]
    cfg = head_config(tmp_path, HEAD, [dict(hook(tmp_path), images='test_dataloader')])
    with pytest.raises(ValueError, match='images is the data set of the test'):
        Runner.from_cfg(cfg).test()


@pytest.mark.slow
def test_the_linear_classifier_may_come_from_its_run(tmp_path):
    weights = write_linear(tmp_path)
    tested = head_runner(tmp_path, HEAD, [hook(tmp_path)], weights)
    cfg = head_config(tmp_path, dict(HEAD, linear=weights), [hook(tmp_path)])
    cfg.model.backbone.pretrained = weights
    begun = Runner.from_cfg(cfg)
    begun.model.init_weights()
    wanted, got = tested.test(), begun.test()
    for name in ('top1', 'medium', 'few'):
        assert got[f'accuracy/{name}'] == wanted[f'accuracy/{name}']
    assert begun.model.head.tau == tested.model.head.tau != 9.0


@pytest.mark.parametrize(
    'given',
    [
        dict(split='test'),
        dict(split='test', pipeline=[dict(type='LoadImageFromFile')]),
        dict(split='train', ann_file='ImageNet_LT_test.txt'),
    ],
)
def test_the_test_images_are_refused(tmp_path, given):
    cfg = head_config(tmp_path, HEAD, [hook(tmp_path, **given)])
    # The last of the three names the test set's files in other words.
    cfg.test_dataloader.dataset = image_config(tmp_path, 'test')
    runner = Runner.from_cfg(cfg)
    with pytest.raises(ValueError, match='must not be chosen on test images; name'):
        runner.test()
    assert runner.model.head.tau == 9.0


def test_other_errors(tmp_path):
    for taus in ((), (0.5, -0.1)):
        with pytest.raises(ValueError, match='at least one, and none below 0'):
            TauSweepHook(images={}, taus=taus)
    linear = dict(type='LinearClsHead', num_classes=4, in_channels=16)
    with pytest.raises(ValueError, match='needs a TauNormClsHead, but .*Lin'):
        head_runner(tmp_path, linear, [hook(tmp_path)]).test()
    cfg = head_config(tmp_path, HEAD, [hook(tmp_path)])
    cfg.test_evaluator = ConfigDict(type='Accuracy')
    with pytest.raises(ValueError, match=r"\['Accuracy'\]; .*ClassSplitAcc"):
        Runner.from_cfg(cfg).test()
