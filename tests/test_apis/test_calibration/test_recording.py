"""The logits are those that the head fuses; test images are refused."""

import shlex
import sys

import pytest
import torch
from calibration_runs import BIAS, write_finished_head
from mmengine.config import Config
from mmpretrain.registry import DATASETS
from repo import REPO
from tiny_heads import embed, image_config

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions
from vlltr_mm.apis.calibration import (
    calibrate,
    command_to_test,
    record_branch_logits,
    write_calibration,
)
from vlltr_mm.apis.calibration.recording import _check_images
from vlltr_mm.engine.data import open_images
from vlltr_mm.structures import TextPrior
from vlltr_mm.utils.model import build_model


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp('calibration')
    return root, *write_finished_head(root)


@pytest.fixture(scope='module')
def recorded(finished):
    return record_branch_logits(*finished[1:])


@torch.no_grad()
def plain_logits(root, config, checkpoint, split):
    """Return the branches' logits and the labels, image by image, without a runner."""
    cfg = Config.fromfile(config)
    model = build_model(cfg)
    model.load_state_dict(torch.load(checkpoint)['state_dict'])
    images = dict(image_config(root, split), pipeline=cfg.val_dataloader.dataset.pipeline)
    feats, labels = embed(model, DATASETS.build(images))
    return *model.head.branch_logits((feats,)), labels


def close(found, wanted):
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-5)


@pytest.mark.slow
def test_the_logits_are_those_of_the_branches(finished, recorded):
    root, config, checkpoint = finished
    visual, language, labels = plain_logits(*finished, 'val')
    close(recorded.visual, visual)
    close(recorded.language, language)
    assert torch.equal(recorded.labels, labels)
    assert recorded.record.classes[0] == 'red square'
    assert recorded.record.class_counts == (24, 12, 6, 3)
    assert not recorded.meta['seen_in_training']
    # A prior that the head takes off already is put back.
    files = write_calibration(calibrate(recorded), str(root / 'off'))
    options = RunOptions(cfg_options={'model.head.text_prior': files['prior']})
    close(record_branch_logits(config, checkpoint, options).language, language)


@pytest.mark.slow
def test_the_command_tests_what_was_chosen(finished, recorded):
    root, config, checkpoint = finished
    found = calibrate(recorded)
    assert found.best == 3 and found.accuracy[3]['top1'] > found.accuracy[0]['top1'] + 30
    command = shlex.split(command_to_test(found, recorded, write_calibration(found, str(root))))
    assert command[:5] == ['python', 'tools/test.py', config, checkpoint, '--cfg-options']
    options = dict(text.split('=', 1) for text in command[5:])
    options['model.head.visual_weight'] = float(options['model.head.visual_weight'])
    metrics = apis.test(config, checkpoint, RunOptions(cfg_options=options))
    visual, language, labels = plain_logits(*finished, 'test')
    for setting, wanted in ((found.settings[0], 40), (found.settings[3], 70)):
        right = 100 * float((setting.predict(language, visual) == labels).double().mean())
        assert (right > wanted) == (wanted == 70)
    assert metrics['accuracy/top1'] == pytest.approx(right)


@pytest.mark.slow
def test_training_images_give_the_prior_alone(finished):
    _, config, checkpoint = finished
    capped = record_branch_logits(config, checkpoint, split='train', max_images_per_class=4)
    assert capped.labels.bincount().tolist() == [4, 4, 4, 3]
    assert capped.meta['seen_in_training']
    assert [s.visual_weight for s in calibrate(capped).settings] == [None, None]
    _, language, labels = plain_logits(*finished, 'train')
    rows = (capped.language.unsqueeze(1) - language).abs().amax(dim=2)  # (15, 45)
    assert rows.amin(dim=1).max() < 1e-3
    assert torch.equal(labels[rows.argmin(dim=1)], capped.labels)


def test_a_list_of_training_images_is_seen_to_be_one(finished):
    cfg = Config.fromfile(finished[1])
    cfg.val_dataloader.dataset.ann_file = 'ImageNet_LT_train.txt'
    for name, wanted in (('train', True), ('test', False)):
        cfg.train_dataloader.dataset.ann_file = f'ImageNet_LT_{name}.txt'
        assert _check_images(cfg, 'val', open_images(cfg.val_dataloader.dataset)) == wanted


@pytest.mark.parametrize(
    ('settings', 'split', 'match'),
    [
        (
            {'val_dataloader.dataset.ann_file': 'ImageNet_LT_test.txt'},
            'val',
            r'12 of the 12 images of ImageNetLT \(.*\) are in the test set of .*stage2.py, such as '
            r'.*: nothing may be chosen on test images. Name a list',
        ),
        ({'test_dataloader.dataset.ann_file': 'ImageNet_LT_train.txt'}, 'train', '45 of the 45'),
        ({'val_dataloader': None}, 'val', 'stage2.py has no val_dataloader'),
        ({'train_dataloader': None}, 'train', 'has no train_dataloader; give --split val with'),
        ({}, 'test', "split is 'test'; allowed are 'val' and 'train'"),
        ({'val_evaluator': [dict(type='Accuracy')]}, 'val', r"val_evaluator .* \[{'type': 'Accur"),
        (
            {'model.head.type': 'LinearClsHead'},
            'val',
            'model.head of .* is LinearClsHead, which has no text score; give',
        ),
    ],
)
def test_what_is_refused(finished, settings, split, match):
    _, config, checkpoint = finished
    settings = {'work_dir': str(finished[0] / 'refused'), **settings}
    with pytest.raises(ValueError, match=match):
        record_branch_logits(config, checkpoint, RunOptions(cfg_options=settings), split)


def test_a_class_without_images_is_refused(finished):
    root, config, checkpoint = finished
    lines = (root / 'data/ImageNet_LT_val.txt').read_text().splitlines()
    (root / 'data/part.txt').write_text('\n'.join(lines[:-3]) + '\n')
    options = RunOptions(cfg_options={'val_dataloader.dataset.ann_file': 'part.txt'})
    with pytest.raises(ValueError, match="Class 3 'white square' has no image in ImageNetLT"):
        record_branch_logits(config, checkpoint, options)


@pytest.mark.slow
def test_the_tool_and_its_stored_logits(finished, monkeypatch, capsys):
    root, config, checkpoint = finished
    sys.path.insert(0, str(REPO / 'tools/analysis_tools'))
    try:
        import calibrate as tool
    finally:
        sys.path.pop(0)
    monkeypatch.setattr(sys, 'argv', ['calibrate.py', config, checkpoint])
    tool.main()
    printed = capsys.readouterr().out
    folder = root / 'runs/stage2'
    assert f'model.head.text_prior={folder}/text_prior.safetensors' in printed
    prior = TextPrior.load(str(folder / 'text_prior.safetensors')).log_prior
    assert (prior.argsort() == BIAS.argsort()).all()
    arguments = ['--logits', str(folder / 'val_logits.safetensors'), '--out', str(root / 'again')]
    monkeypatch.setattr(sys, 'argv', ['calibrate.py', *arguments, '--weights', '0.1'])
    monkeypatch.setattr(tool, 'record_branch_logits', None)  # no new pass
    tool.main()
    assert 'prior off, w = 0.1' in capsys.readouterr().out
    again = TextPrior.load(str(root / 'again/text_prior.safetensors')).log_prior
    assert torch.equal(again, prior)
