"""Converted weights give the numbers that they gave before."""

import os

import open_clip
import pytest
import torch
from clip_files import tiny_arch, tiny_clip, tiny_tokens, write_openai, write_stage1
from forked import run_tool
from mmengine.runner import load_checkpoint
from mmpretrain.registry import MODELS
from release_files import ARGS, release_logits, stage1_model, stage2_model, write_release
from repo import REPO
from safetensors.torch import load_file

from vlltr_mm.apis import convert_release, export_open_clip
from vlltr_mm.models import CVLP

KINDS = ['vit', 'resnet']


def noise(kind):
    edge = 32 if kind == 'vit' else 64
    return torch.randn(3, 3, edge, edge, generator=torch.Generator().manual_seed(0))


def cvlp(kind, teacher=True):
    towers = {
        f'{name}_backbone': dict(type=f'OpenCLIP{name.title()}Backbone', arch=tiny_arch(kind))
        for name in ('vision', 'text')
    }
    return CVLP(**towers, teacher=teacher).eval()


def classifier(kind, **head):
    return MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=dict(type='OpenCLIPVisionBackbone', arch=tiny_arch(kind)),
            head=dict(dict(type='LGRHead', num_classes=5, in_channels=16, num_anchors=4), **head),
        )
    ).eval()


def load_strictly(model, path):
    load_checkpoint(model, str(path), map_location='cpu', strict=True)
    return model


def same(one, other):
    return set(one) == set(other) and all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture
def paths(tmp_path):
    return str(tmp_path / 'release.pth'), str(tmp_path / 'out' / 'ours.pth')


@pytest.mark.parametrize('kind', KINDS)
@torch.no_grad()
def test_stage1_embeddings_are_equal(paths, kind):
    clip = tiny_clip(kind, quick_gelu=True)  # OpenAI's activation
    write_release(paths[0], stage1_model(clip))
    report = convert_release(*paths)
    model = load_strictly(cvlp(kind), paths[1])
    images = noise(kind)
    tokens = tiny_tokens()
    assert torch.equal(model.vision_backbone(images)[0], clip.encode_image(images))
    assert torch.allclose(model.text_backbone(tokens)[0], clip.encode_text(tokens), atol=1e-6)
    assert torch.equal(model.logit_scale, clip.logit_scale)
    assert torch.equal(model.teacher(images, tokens)[0], model.vision_backbone(images)[0])
    assert report.kind.startswith('stage 1')
    assert set(report.mapped) == set(clip.state_dict())
    assert report.dropped == dict(optimizer='not weights')
    teachers = {k for k in report.invented if k.startswith('teacher.')}
    records = {
        f'{name}_backbone.uses_quick_gelu' for name in ('vision', 'text')[kind == 'resnet' :]
    }
    assert set(report.invented) - teachers == records | {'meta'}


def test_teacher_is_none_or_the_clip_of_a_file(paths, tmp_path):
    clip, origin = tiny_clip(seed=1), tiny_clip(seed=2)
    write_release(paths[0], stage1_model(clip))
    report = convert_release(*paths, teacher='none')
    load_strictly(cvlp('vit', teacher=False), paths[1])
    assert not any(k.startswith('teacher.') for k in report.invented)
    write_openai(tmp_path / 'clip.pt', origin)
    convert_release(*paths, teacher=str(tmp_path / 'clip.pt'))
    model = load_strictly(cvlp('vit'), paths[1])
    for holder, source in ((model, clip), (model.teacher, origin)):
        assert same(holder.vision_backbone.visual.state_dict(), source.visual.state_dict())
        assert torch.equal(holder.logit_scale, source.logit_scale)
        assert torch.equal(
            holder.text_backbone.text.token_embedding.weight, source.token_embedding.weight
        )


def test_teacher_of_another_kind(paths, tmp_path):
    write_release(paths[0], stage1_model(tiny_clip()))
    write_openai(tmp_path / 'clip.pt', tiny_clip('resnet'))
    with pytest.raises(ValueError, match="this model's teacher: .* missing"):
        convert_release(*paths, teacher=str(tmp_path / 'clip.pt'))
    write_stage1(tmp_path / 'gelu.pth', tiny_clip(), quick_gelu=False)
    with pytest.raises(
        ValueError,
        match='gelu.pth was made with quick_gelu=False; the release was trained from OpenAI',
    ):
        convert_release(*paths, teacher=str(tmp_path / 'gelu.pth'))
    assert not os.path.exists(paths[1])


@pytest.mark.parametrize('half', [False, True])
@pytest.mark.parametrize('kind', KINDS)
@torch.no_grad()
def test_stage2_logits_are_the_releases(paths, kind, half):
    clip = tiny_clip(kind, quick_gelu=True)
    release = stage2_model(clip, half=half)
    write_release(paths[0], release)
    report = convert_release(*paths)
    model = load_strictly(classifier(kind), paths[1])
    images = noise(kind)
    feats = model.backbone(images)
    assert torch.equal(feats[0], clip.encode_image(images))
    # The tiny ResNet's are huge: beside them a bias would not be seen.
    feats = feats[0] / feats[0].std(dim=1, keepdim=True)
    visual, language = model.head.branch_logits((feats,))
    for index, x in enumerate(feats):
        expected = release_logits(release, x)
        # float32 against float64, logits up to 70
        for ours, theirs in zip((visual, language), expected):
            difference = ours[index].double() - torch.tensor(theirs).double()
            assert difference.abs().max() < 5e-5
    assert model.head.anchor_mask.sum(dim=1).tolist() == [1, 2, 3, 4, 1]
    assert torch.equal(model.head.anchor_feats, release['text_embeddings'].float())
    assert report.kind.startswith('stage 2')
    assert report.mapped['text_block.visual_fc.2.bias'] == 'head.visual_mlp.2.bias'
    assert 'not all zero' in report.invented['head.anchor_mask']


def test_language_logit_by_hand(paths):
    # One sentence a class: whatever the attention, G is that sentence.
    release = stage2_model(tiny_clip(), num_anchors=1, half=False)
    release['text_embeddings'] = torch.zeros(5, 1, 16)
    for index in range(5):
        release['text_embeddings'][index, 0, index] = 2.0
    write_release(paths[0], release)
    convert_release(*paths)
    model = load_strictly(classifier('vit', num_anchors=1), paths[1])
    x = torch.zeros(1, 16)
    x[0, 0], x[0, 1] = 3.0, 4.0
    language = model.head.branch_logits((x,))[1][0]
    expected = torch.tensor([0.6, 0.8, 0.0, 0.0, 0.0]) * 2.718281828**2.5
    assert torch.allclose(language, expected, atol=1e-4)


@pytest.mark.parametrize('kind', KINDS)
def test_there_and_back_is_bit_equal(paths, tmp_path, kind):
    clip = tiny_clip(kind)
    model = stage1_model(clip)
    model['logit_scale'] = torch.tensor(4.6051)
    write_release(paths[0], {f'module.{k}': v for k, v in model.items()})
    convert_release(*paths)
    for name in ('clip.pt', 'clip.safetensors'):
        target = str(tmp_path / name)
        report = export_open_clip(paths[1], target)
        back = torch.load(target, weights_only=True) if name.endswith('pt') else load_file(target)
        assert same(back, model)
        fresh = open_clip.CLIP(**tiny_arch(kind))
        fresh.load_state_dict(back, strict=True)
    assert (
        report.dropped['text_backbone.uses_quick_gelu']
        == 'a choice of the architecture (force_quick_gelu), True'
    )
    assert report.dropped['teacher.logit_scale'] == "stage 1's teacher"


@pytest.mark.parametrize('kind', KINDS)
def test_classifier_gives_the_image_tower(paths, tmp_path, kind):
    release = stage2_model(tiny_clip(kind))
    write_release(paths[0], release)
    convert_release(*paths)
    report = export_open_clip(paths[1], str(tmp_path / 'clip.pt'))
    back = torch.load(tmp_path / 'clip.pt', weights_only=True)
    assert same(back, {k: v for k, v in release.items() if k.startswith('visual.')})
    open_clip.CLIP(**tiny_arch(kind)).visual.load_state_dict(
        {k.removeprefix('visual.'): v for k, v in back.items()}, strict=True
    )
    assert report.dropped['head.anchor_feats'] == "not CLIP's"


def test_the_tower_below_an_additive_head_is_exported(paths):
    model = classifier(KINDS[0], type='AdditiveLGRHead')
    torch.save(dict(meta={}, state_dict=model.state_dict()), paths[0])
    report = export_open_clip(*paths)
    tower = {k: v for k, v in model.backbone.state_dict().items() if k.startswith('visual.')}
    assert same(torch.load(paths[1], weights_only=True), tower)
    assert report.dropped['head.visual_mlp.weight'] == "not CLIP's"


def test_half_precision_towers_become_float32(paths):
    clip = tiny_clip()  # exact in float16
    write_release(paths[0], {k: v.half() for k, v in stage1_model(clip).items()})
    convert_release(*paths)
    state = torch.load(paths[1], weights_only=True)['state_dict']
    tensor = state['vision_backbone.visual.proj']
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, clip.visual.proj)


def test_counters_of_batchnorm_are_added(paths):
    model = {
        k: v
        for k, v in stage1_model(tiny_clip('resnet')).items()
        if not k.endswith('num_batches_tracked')
    }
    write_release(paths[0], model)
    report = convert_release(*paths)
    load_strictly(cvlp('resnet'), paths[1])
    assert report.invented['vision_backbone.visual.bn1.num_batches_tracked'] == '0'


def test_args_and_epoch_go_to_meta(paths):
    write_release(paths[0], stage1_model(tiny_clip()), scaler=dict(scale=2.0))
    report = convert_release(*paths)
    assert report.dropped == dict(optimizer='not weights', scaler='not weights')
    content = torch.load(paths[1], weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    meta = content['meta']
    assert meta['release_args'] == dict(ARGS, betas=[0.9, 0.999])
    assert (meta['release_epoch'], meta['teacher']) == (49, 'student')
    assert meta['converted_from'] == 'release.pth'


@pytest.mark.slow
def test_the_tools(paths, tmp_path):
    write_release(paths[0], stage1_model(tiny_clip()))
    tools = REPO / 'tools' / 'model_converters'

    def run(*arguments):
        done = run_tool(*arguments)
        return done.returncode, done.stdout + done.stderr

    code, text = run(tools / 'vlltr_release_to_mm.py', *paths)
    assert code == 0, text
    assert 'stage 1 of the VL-LTR release: 62 mapped, 1 dropped' in text
    assert 'visual.* -> vision_backbone.visual.* (32)' in text
    assert 'teacher.*: a copy of the weights themselves (64)' in text
    assert 'optimizer: not weights' in text
    code, text = run(tools / 'mm_to_open_clip.py', paths[1], tmp_path / 'clip.pt')
    assert code == 0, text
    assert '(force_quick_gelu), True' in text
    open_clip.CLIP(**tiny_arch()).load_state_dict(
        torch.load(tmp_path / 'clip.pt', weights_only=True), strict=True
    )
