"""Both stages with tuned towers."""

import shutil

import pytest
import torch
from clip_files import tiny_arch
from mmengine.config import Config
from tiny_runs import write_tiny_runs
from tuned_towers import TUNERS

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, merge_tuner, train
from vlltr_mm.apis.running.handover import handover_problems


def stages(first, second, pretrained='runs/epoch_1.pth'):
    """Return configs of two stages whose image towers have these tuners."""
    tower = dict(type='OpenCLIPVisionBackbone', arch=tiny_arch())
    before = dict(model=dict(vision_backbone=dict(tower, tuner=first)), work_dir='runs')
    model = dict(backbone=dict(tower, tuner=second, pretrained=pretrained), head=dict())
    return (
        Config(dict(model=model, pretrain_work_dir='runs'), cfg_text=' ', filename='two.py'),
        Config(before, cfg_text=' ', filename='one.py'),
    )


@pytest.mark.parametrize(
    'first, second, message',
    [
        ('lora', None, 'two.py: what one.py writes holds a tuned tower .* tuner is None'),
        ('lora', 'bias', 'tuner of what one.py writes and BiasTuner do not fit: 12 missing'),
        ('lora', 'lora', ''),
        (None, 'lora', ''),
        (None, None, ''),
    ],
)
def test_another_tuner_is_found_before_the_first_stage_runs(first, second, message):
    problems = handover_problems(*stages(TUNERS.get(first), TUNERS.get(second)))
    assert len(problems) == bool(message)
    if message:
        with pytest.raises(ValueError, match=message):
            raise ValueError(problems[0])
    elsewhere = stages(TUNERS.get(first), TUNERS.get(second), 'data/clip.pt')
    assert handover_problems(*elsewhere) == []


def test_the_same_size_in_other_words():
    wide = dict(type='LoRA', bottleneck=8)
    by_rule = dict(type='LoRA', num_classes=33)  # of two blocks
    assert handover_problems(*stages(wide, by_rule)) == []
    problems = handover_problems(*stages(wide, dict(by_rule, num_classes=31)))
    assert 'of another shape' in problems[0]


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Both stages, the image tower tuned in both and its head alone in a third run."""
    root = tmp_path_factory.mktemp('run')
    paths = write_tiny_runs(root)
    tuners = {
        'vision_backbone=dict(': "vision_backbone=dict(tuner=dict(type='BiasTuner'), ",
        '    backbone=dict(': "    backbone=dict(tuner=dict(type='BiasTuner'), ",
        'text_backbone=dict(': "text_backbone=dict(tuner=dict(type='LoRA', bottleneck=2), ",
    }
    for path in paths:
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for old, new in tuners.items():
            text = text.replace(old, new)
        with open(path, 'w', encoding='utf-8') as file:
            hook = "dict(type='SentenceBankHook'),"
            file.write(text.replace(hook, f"{hook} dict(type='TeacherTextBankHook'),"))
    train(paths[1], RunOptions(cfg_options={'model.backbone.frozen': False}))
    return root, *paths


def state_of(path):
    return torch.load(path, weights_only=False)['state_dict']


@pytest.mark.slow
def test_both_stages_resume_and_test(trained, tmp_path):
    root, stage1, stage2 = trained
    first, second = (state_of(root / f'runs/stage{i}/epoch_2.pth') for i in (1, 2))
    assert not any(key.startswith('teacher.') for key in set(first) - {'teacher.logit_scale'})
    moved = [key for key in first if '.tuner.' in key and first[key].abs().max() > 0]
    assert {key.split('.')[0] for key in moved} == {'vision_backbone', 'text_backbone'}
    same = [key for key in second if key.startswith('backbone.visual.')]
    for key in same:
        assert torch.equal(second[key], first[f'vision_{key}'])
    tuned = [key for key in second if key.startswith('backbone.tuner.')]
    assert any(not torch.equal(second[key], first[f'vision_{key}']) for key in tuned)
    checkpoint = str(root / 'runs/stage2/epoch_2.pth')
    metrics = apis.test(stage2, checkpoint)
    # Resumed, it has the teacher that it began with, and so finds its sentences again.
    again = tmp_path / 'again'
    shutil.copytree(root / 'runs/stage1', again)
    made = (again / 'teacher_text_bank.safetensors').stat().st_mtime_ns
    options = {'train_cfg.max_epochs': 3}
    train(stage1, RunOptions(work_dir=str(again), resume='auto', cfg_options=options))
    assert (again / 'teacher_text_bank.safetensors').stat().st_mtime_ns == made
    third = state_of(again / 'epoch_3.pth')
    assert set(third) == set(first)
    for key, value in first.items():
        assert torch.equal(third[key], value) != (key in moved or key == 'logit_scale'), key
    # Merged, it is tested as a plain one.
    cfg = Config.fromfile(stage2)
    merge_tuner(cfg, checkpoint, str(root / 'merged.pth'))
    cfg.model.backbone.pop('tuner')
    cfg.dump(str(root / 'plain.py'))
    merged = apis.test(str(root / 'plain.py'), str(root / 'merged.pth'))
    assert merged == pytest.approx(metrics, nan_ok=True)


@pytest.mark.slow
def test_a_tuned_tower_makes_features_for_a_head(trained, tmp_path):
    root, _, stage2 = trained
    options = RunOptions(
        work_dir=str(tmp_path / 'head'),
        cfg_options={'model.backbone.frozen': True},
        feature_cache=1,
    )
    train(stage2, options)
    first = state_of(root / 'runs/stage1/epoch_2.pth')
    second = state_of(tmp_path / 'head/epoch_2.pth')
    for key in second:
        if key.startswith('backbone.'):
            assert torch.equal(second[key], first[f'vision_{key}'])
