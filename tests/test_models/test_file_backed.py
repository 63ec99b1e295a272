"""Modules whose files have what a light checkpoint lacks."""

import shutil

import clip_files
import pytest
import torch
from light_runs import write_anchors, write_clip
from mmengine.config import Config
from mmpretrain.registry import MODELS
from torch import nn

from vlltr_mm.apis.running import handover
from vlltr_mm.engine.light_checkpoints import LightForm
from vlltr_mm.models import LGRHead
from vlltr_mm.structures.left_out import KEY
from vlltr_mm.utils.weights_digest import weights_digest


def assert_same(one, other):
    torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_of_a_tuned_tower_the_tuner_stays(tmp_path):
    write_clip(tmp_path / 'clip.pt')
    tower = clip_files.vision(
        pretrained=str(tmp_path / 'clip.pt'), tuner=dict(type='AdaptFormer', bottleneck=2)
    )
    tower.init_weights()
    with torch.no_grad():
        for parameter in tower.tuner.parameters():
            parameter.add_(1)
    whole = dict(tower.state_dict())
    checkpoint = dict(state_dict=dict(whole))
    LightForm(tower).leave_out(checkpoint)
    expected = {key for key in whole if key.startswith('tuner.')} | {'uses_quick_gelu', KEY}
    assert set(checkpoint['state_dict']) == expected
    torch.save(
        dict(state_dict={f'backbone.{k}': v for k, v in checkpoint['state_dict'].items()}),
        tmp_path / 'light.pth',
    )
    filled = clip_files.vision(tuner=dict(type='AdaptFormer', bottleneck=2))
    filled.pretrained = str(tmp_path / 'clip.pt')
    filled.load_state_dict(checkpoint['state_dict'])
    assert_same(dict(filled.state_dict()), whole)
    filled.pretrained = str(tmp_path / 'light.pth')  # as that of a later stage
    filled.init_weights()
    assert_same(dict(filled.state_dict()), whole)


def test_a_tower_takes_its_weights_through_a_light_checkpoint(tmp_path):
    write_clip(tmp_path / 'clip.pt')
    base = clip_files.vision(pretrained=str(tmp_path / 'clip.pt'), frozen=True)
    base.init_weights()
    model = nn.ModuleDict(dict(backbone=base))
    checkpoint = dict(state_dict=dict(model.state_dict()))
    LightForm(model).leave_out(checkpoint)
    assert set(checkpoint['state_dict']) == {'backbone.uses_quick_gelu', f'backbone.{KEY}'}
    path = str(tmp_path / 'light.pth')
    torch.save(checkpoint, path)
    tower = clip_files.vision(pretrained=path)
    tower.init_weights()
    assert_same(dict(tower.state_dict()), dict(base.state_dict()))
    write_clip(tmp_path / 'clip.pt', seed=1)
    with pytest.raises(ValueError, match=f'The light checkpoint {path} needs .*have the digest'):
        tower.read_file()
    (tmp_path / 'clip.pt').unlink()
    with pytest.raises(FileNotFoundError, match=f'{path} needs .*: put that file there'):
        tower.read_file()
    shutil.copy(path, tmp_path / 'clip.pt')
    with pytest.raises(ValueError, match='which is light itself'):
        tower.read_file()


def test_trained_tensors_and_moving_statistics_stay(tmp_path):
    write_clip(tmp_path / 'clip.pt', kind='resnet')
    tower = clip_files.vision('resnet', pretrained=str(tmp_path / 'clip.pt'))
    tower.init_weights()
    tower.requires_grad_(False)
    tower.visual.bn1.weight.requires_grad_(True)
    checkpoint = dict(state_dict=dict(tower.state_dict()))
    LightForm(tower).leave_out(checkpoint)
    scalars = {key for key, value in tower.state_dict().items() if not value.ndim}
    expected = {f'visual.bn1.{name}' for name in ('weight', 'running_mean', 'running_var')}
    assert set(checkpoint['state_dict']) == expected | scalars | {KEY}


def test_the_teacher_of_stage_1_is_left_out(tmp_path):
    write_clip(tmp_path / 'clip.pt')
    towers = {
        f'{which}_backbone': dict(
            type=f'OpenCLIP{which.title()}Backbone',
            arch=clip_files.tiny_arch(),
            pretrained=str(tmp_path / 'clip.pt'),
        )
        for which in ('vision', 'text')
    }
    model = MODELS.build(dict(type='CVLP', **towers))
    model.init_weights()
    whole = dict(model.state_dict())
    checkpoint = dict(state_dict=dict(whole))
    LightForm(model).leave_out(checkpoint)
    lost = set(whole) - set(checkpoint['state_dict'])
    assert all(key.startswith('teacher.') for key in lost)
    assert lost == {k for k, v in whole.items() if k.startswith('teacher.') and v.ndim}
    with torch.no_grad():  # as training would
        model.teacher.vision_backbone.visual.proj.zero_()
    model.load_state_dict(checkpoint['state_dict'])
    assert_same(dict(model.state_dict()), whole)


def test_anchors_are_compared_with_a_text_tower_that_is_left_out(tmp_path):
    write_clip(tmp_path / 'clip.pt')
    cfg = dict(arch=clip_files.tiny_arch(), pretrained=str(tmp_path / 'clip.pt'), frozen=True)
    tower = MODELS.build(dict(cfg, type='OpenCLIPTextBackbone'))
    tower.init_weights()
    model = nn.ModuleDict(dict(text_backbone=tower))
    checkpoint = dict(state_dict=dict(model.state_dict()))
    LightForm(model).leave_out(checkpoint)
    torch.save(checkpoint, tmp_path / 'epoch_1.pth')
    write_anchors(tmp_path / 'anchors.safetensors', tower=weights_digest(tower))
    before = Config(
        dict(
            work_dir=str(tmp_path),
            train_cfg=dict(max_epochs=1),
            custom_hooks=[dict(type='AnSSHook')],
            model=dict(text_backbone=dict(cfg, type='OpenCLIPTextBackbone')),
        )
    )
    handover.check_outputs(Config(dict(model={})), before)
    write_anchors(tmp_path / 'anchors.safetensors', tower='another')
    with pytest.raises(ValueError, match='is of other weights than .*epoch_1.pth beside it'):
        handover.check_outputs(Config(dict(model={})), before)


def test_half_precision_anchors_are_left_out_too(tmp_path):
    write_anchors(tmp_path / 'anchors.safetensors')
    sizes = dict(num_classes=4, in_channels=16, num_anchors=5)  # more than the file has
    head = LGRHead(**sizes, anchors=str(tmp_path / 'anchors.safetensors'), anchor_dtype='float16')
    head.init_weights()
    whole = dict(head.state_dict())
    checkpoint = dict(state_dict=dict(whole))
    assert LightForm(head).leave_out(checkpoint) == 1
    with torch.no_grad():
        head.anchor_feats.zero_()
    head.load_state_dict(checkpoint['state_dict'])
    assert_same(dict(head.state_dict()), whole)
    assert head.anchor_feats.dtype == torch.float16
