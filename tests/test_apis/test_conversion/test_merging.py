"""A merged tower computes what the tuned one did; what cannot be merged is refused."""

import open_clip
import pytest
import torch
from clip_files import tiny_arch, tiny_clip, tiny_tokens, write_openai
from mmengine.config import Config
from mmengine.runner import load_checkpoint
from mmpretrain.registry import MODELS
from release_files import stage1_model, write_release
from tuned_towers import TUNERS, inputs, move

from vlltr_mm.apis import convert_release, export_open_clip, merge_tuner

MERGED = ['lora', 'bias', 'norm']
HEAD = dict(type='LGRHead', num_classes=3, in_channels=16, num_anchors=2)


def config(kind='vit', tuner=None, text_tuner=None, stage=1, **kwargs):
    """Return the config of a stage on tiny towers."""

    def backbone(which, name):
        cfg = dict(type=f'OpenCLIP{which}Backbone', arch=tiny_arch(kind), quick_gelu=True)
        return dict(cfg, tuner=TUNERS[name]) if name else cfg

    vision = backbone('Vision', tuner)
    if stage == 1:
        towers = dict(vision_backbone=vision, text_backbone=backbone('Text', text_tuner))
        model = dict(type='CVLP', **towers, **kwargs)
    else:
        model = dict(type='ImageClassifier', backbone=vision, head=HEAD)
    return Config(dict(model=model), cfg_text=' ', filename='stage.py')


def write(path, cfg):
    """Write a checkpoint of a model that was trained a little; return the model."""
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    for name in ('vision_backbone', 'text_backbone', 'backbone'):
        if getattr(getattr(model, name, None), 'tuner', None) is not None:
            move(getattr(model, name))
    if cfg.model.type == 'ImageClassifier':
        model.head.set_anchors(torch.randn(3, 2, 16), torch.ones(3, 2, dtype=torch.bool), 1.0)
    if getattr(model, 'teacher', None) is not None:
        model.teacher.copy_from(model)
    meta = dict(epoch=1, dataset_meta=dict(classes=['a', 'b', 'c']), cfg='x = 1')
    torch.save(dict(meta=meta, state_dict=model.state_dict(), optimizer=dict(a=1)), path)
    return model.eval()


def loaded(path, cfg):
    model = MODELS.build(cfg.model)
    load_checkpoint(model, str(path), map_location='cpu', strict=True)
    return model.eval()


@pytest.fixture
def paths(tmp_path):
    return str(tmp_path / 'tuned.pth'), str(tmp_path / 'merged.pth')


@pytest.mark.parametrize('tuner', MERGED)
@pytest.mark.parametrize('grad', [False, True])
def test_stage_one_and_its_teacher(paths, tuner, grad):
    cfg = config(tuner=tuner, text_tuner=tuner)
    tuned = write(paths[0], cfg)
    report = merge_tuner(cfg, *paths)
    plain = loaded(paths[1], config())
    x, tokens = inputs('vit'), tiny_tokens()
    with torch.set_grad_enabled(grad):
        assert torch.equal(plain.extract_feat(x), tuned.extract_feat(x))
        assert torch.equal(plain.text_backbone(tokens)[0], tuned.text_backbone(tokens)[0])
        teachers = plain.teacher(x, tokens), tuned.teacher(x, tokens)
    torch.testing.assert_close(*teachers, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(plain.teacher(x, tokens)[0], plain.extract_feat(x), atol=1e-3)
    assert set(report.dropped) == {k for k in tuned.state_dict() if '.tuner.' in k}
    assert all(key.startswith('teacher.') for key in report.invented)
    content = torch.load(paths[1], weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta']['dataset_meta'] == dict(classes=['a', 'b', 'c'])
    assert content['meta']['merged_from'] == 'tuned.pth' and 'cfg' not in content['meta']
    assert set(content['state_dict']) == {*report.mapped, *report.invented}


@pytest.mark.parametrize('kind, tuner', [('vit', 'lora'), ('resnet', 'norm')])
def test_a_classifier(paths, kind, tuner):
    cfg = config(kind, tuner, stage=2)
    tuned = write(paths[0], cfg)
    merge_tuner(cfg, *paths)
    plain = loaded(paths[1], config(kind, stage=2))
    with torch.no_grad():
        assert torch.equal(plain(inputs(kind)), tuned(inputs(kind)))


def test_one_tuned_tower_of_two_and_no_teacher(paths):
    cfg = config(tuner='lora', teacher=False)
    tuned = write(paths[0], cfg)
    report = merge_tuner(cfg, *paths)
    plain = loaded(paths[1], config(teacher=False))
    assert torch.equal(plain.extract_feat(inputs('vit')), tuned.extract_feat(inputs('vit')))
    assert not report.invented


@pytest.mark.parametrize('tuner', MERGED)
def test_merged_towers_go_to_open_clip(paths, tmp_path, tuner):
    cfg = config(tuner=tuner, text_tuner=tuner)
    tuned = write(paths[0], cfg)
    merge_tuner(cfg, *paths)
    export_open_clip(paths[1], str(tmp_path / 'clip.pt'))
    clip = open_clip.CLIP(quick_gelu=True, **tiny_arch()).eval()
    clip.load_state_dict(torch.load(tmp_path / 'clip.pt', weights_only=True))
    with torch.no_grad():
        assert torch.equal(clip.encode_image(inputs('vit')), tuned.extract_feat(inputs('vit')))


def test_what_cannot_be_merged(paths, tmp_path):
    for cfg, message in (
        (config(tuner='adaptformer'), 'AdaptFormer computes .* LoRA and BiasTuner can'),
        (config(), 'stage.py has no tuner'),
    ):
        write(paths[0], cfg)
        with pytest.raises(ValueError, match=message):
            merge_tuner(cfg, *paths)
    write(paths[0], config(tuner='lora'))
    with pytest.raises(ValueError, match='LoRA do not fit|BiasTuner do not fit'):
        merge_tuner(config(tuner='bias'), *paths)
    with pytest.raises(FileNotFoundError, match='none.pth'):
        merge_tuner(config(tuner='lora'), str(tmp_path / 'none.pth'), paths[1])
    assert not (tmp_path / 'merged.pth').exists()


@pytest.mark.parametrize('stage', [1, 2])
def test_other_converters_name_the_remedy(paths, tmp_path, stage):
    write(paths[0], config(tuner='adaptformer', stage=stage))
    with pytest.raises(ValueError, match=r'tuned.pth: The towers are tuned \(.*merge_tuner'):
        export_open_clip(*paths)
    if stage == 1:
        write_release(tmp_path / 'release.pth', stage1_model(tiny_clip()))
        with pytest.raises(ValueError, match='tuned.pth holds tuned towers.*merge_tuner'):
            convert_release(str(tmp_path / 'release.pth'), paths[1], teacher=paths[0])
        write_openai(tmp_path / 'clip.pt', tiny_clip())
        convert_release(str(tmp_path / 'release.pth'), paths[1], str(tmp_path / 'clip.pt'))
