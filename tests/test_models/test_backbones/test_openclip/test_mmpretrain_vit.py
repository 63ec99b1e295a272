"""MMPretrain's CLIP gives the same numbers in our towers."""

import importlib

import pytest
import torch
from clip_files import tiny_arch, tiny_tokens
from mmengine.registry import DefaultScope
from mmpretrain.registry import MODELS, TOKENIZER
from torch import nn

from vlltr_mm.models import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from vlltr_mm.models.backbones.openclip.mmpretrain_vit import find_mmpretrain_vit
from vlltr_mm.models.backbones.openclip.weights import read_clip_file

EPS = 1e-5  # CLIP's; VisionTransformer has 1e-6 by default


class _Tokenizer:
    def get_vocab(self):
        return {}


def vit(eps=EPS, act='QuickGELU', **kwargs):
    return dict(
        dict(
            type='VisionTransformer',
            arch=dict(embed_dims=32, num_layers=2, num_heads=2, feedforward_channels=128),
            img_size=32,
            patch_size=8,
            norm_cfg=dict(type='LN', eps=eps),
            layer_cfgs=dict(act_cfg=dict(type=act)),
            pre_norm=True,
        ),
        **kwargs,
    )


def randomise(model):
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        for parameter in model.parameters():
            parameter.copy_(0.3 * torch.randn_like(parameter) + 0.1)
    model.eval()  # a backbone of MMPretrain returns nothing
    return model


@pytest.fixture(autouse=True)
def scope():
    """Where mmcv finds QuickGELU."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


@pytest.fixture(scope='module')
def clip_classes():
    """MMPretrain's classes, which it hides without its multimodal extras."""
    names = ('CLIP', 'CLIPZeroShot', 'CLIPTransformer', 'CLIPProjection')
    kept = {n: MODELS._module_dict.pop(n) for n in names if n in MODELS._module_dict}
    module = importlib.import_module('mmpretrain.models.multimodal.clip')
    TOKENIZER.register_module('TinyTokenizer', module=_Tokenizer, force=True)
    yield module
    TOKENIZER._module_dict.pop('TinyTokenizer')
    for name in names:
        MODELS._module_dict.pop(name, None)
    MODELS._module_dict.update(kept)


@pytest.fixture
def make_clip(clip_classes):

    def make(**kwargs):
        return randomise(
            clip_classes.CLIPZeroShot(
                vision_backbone=vit(**kwargs),
                projection=dict(type=clip_classes.CLIPProjection, in_channels=32, out_channels=16),
                text_backbone=dict(type=clip_classes.CLIPTransformer, width=16, layers=2, heads=2),
                tokenizer=dict(type='TinyTokenizer'),
                data_preprocessor=dict(type='ClsDataPreprocessor'),
                vocab_size=64,
                transformer_width=16,
                proj_dim=16,
            )
        )

    return make


def tower(kind, path, **kwargs):
    arch = tiny_arch()
    if 'eps' in kwargs:
        arch['vision_cfg']['norm_kwargs'] = dict(eps=kwargs.pop('eps'))
    backbone = kind(arch, pretrained=str(path), **kwargs)
    backbone.init_weights()
    return backbone.eval()


def images_of_noise():
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def difference(one, other):
    return (one - other).abs().max().item() / one.abs().max().item()


@pytest.mark.parametrize('bare', [True, False])
@torch.no_grad()
def test_clip_outputs_are_equal(make_clip, tmp_path, bare):
    clip = make_clip()
    state = clip.state_dict()
    torch.save(
        state if bare else dict(meta={}, state_dict={f'module.{k}': v for k, v in state.items()}),
        tmp_path / 'clip.pth',
    )
    vision = tower(OpenCLIPVisionBackbone, tmp_path / 'clip.pth')
    text = tower(OpenCLIPTextBackbone, tmp_path / 'clip.pth')
    images, tokens = images_of_noise(), tiny_tokens()
    assert bool(vision.uses_quick_gelu) and bool(text.uses_quick_gelu)
    # float32; the two attentions round in different orders
    assert difference(clip.extract_image_feat(images), vision(images)[0]) < 3e-6
    assert difference(clip.extract_text_feat(tokens), text(tokens)[0]) < 3e-6
    scale = read_clip_file(str(tmp_path / 'clip.pth'), 'text').logit_scale
    assert scale == clip.logit_scale.item()


@torch.no_grad()
def test_layer_norms_epsilon_can_be_had_too(make_clip, tmp_path):
    clip = make_clip(eps=1e-2)  # large, to be seen
    torch.save(clip.state_dict(), tmp_path / 'clip.pth')
    images = images_of_noise()
    expected = clip.extract_image_feat(images)
    as_clip = tower(OpenCLIPVisionBackbone, tmp_path / 'clip.pth')
    same = tower(OpenCLIPVisionBackbone, tmp_path / 'clip.pth', eps=1e-2)
    assert difference(expected, same(images)[0]) < 3e-6
    assert difference(expected, as_clip(images)[0]) > 1e-4


def test_gelu_cannot_be_asked_of_mmpretrains_clip(make_clip, tmp_path):
    torch.save(make_clip().state_dict(), tmp_path / 'clip.pth')
    with pytest.raises(ValueError, match='was made with quick_gelu=True'):
        tower(OpenCLIPVisionBackbone, tmp_path / 'clip.pth', quick_gelu=False)


@pytest.mark.parametrize('act, quick_gelu', [('GELU', False), ('QuickGELU', True)])
@torch.no_grad()
def test_classifier_with_clips_projection(clip_classes, tmp_path, act, quick_gelu):
    model = nn.Module()
    model.backbone = MODELS.build(vit(act=act))
    model.neck = clip_classes.CLIPProjection(32, 16)
    model.head = nn.Linear(16, 3)
    randomise(model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'vit.pth')
    ours = tower(OpenCLIPVisionBackbone, tmp_path / 'vit.pth', quick_gelu=quick_gelu)
    images = images_of_noise()
    expected = model.neck(model.backbone(images))[0]
    assert difference(expected, ours(images)[0]) < 3e-6
    # The file does not say which activation it was.
    assert read_clip_file(str(tmp_path / 'vit.pth'), 'vision').quick_gelu is None


@pytest.mark.parametrize('prefix', ['backbone.', ''])
def test_vit_without_projection(tmp_path, prefix):
    state = MODELS.build(vit()).state_dict()
    torch.save({prefix + k: v for k, v in state.items()}, tmp_path / 'a.pth')
    with pytest.raises(
        ValueError,
        match=r'a.pth holds a VisionTransformer of MMPretrain '
        r"without CLIP's output projection \(visual_proj.proj or neck.proj"
        r'\) and so cannot give.*CLIPZeroShot has it',
    ):
        read_clip_file(str(tmp_path / 'a.pth'), 'vision')


def test_vit_that_is_no_clip():
    model = MODELS.build(vit(pre_norm=False))
    state = {f'backbone.{k}': v for k, v in model.state_dict().items()}
    with pytest.raises(
        ValueError, match="x holds .* not CLIP's VisionTransformer: it has no backbone.pre_norm"
    ):
        find_mmpretrain_vit(state, 'x')


def test_what_clip_does_not_have_is_named(make_clip, tmp_path):
    state = dict(make_clip().state_dict())
    state['visual.layers.1.attn.gamma1.weight'] = torch.ones(32)
    del state['visual.ln1.bias']
    torch.save(state, tmp_path / 'clip.pth')
    with pytest.raises(
        ValueError,
        match=r'1 missing \(ln_post.bias\); 1 '
        r'unexpected \(layers.1.attn.gamma1.weight\)',
    ):
        tower(OpenCLIPVisionBackbone, tmp_path / 'clip.pth')


def test_other_state_dicts_are_none_of_this():
    assert find_mmpretrain_vit({'visual.conv1.weight': 1}, 'x') is None
    # Swin and others have a patch_embed too, and are told apart by the rest.
    with pytest.raises(ValueError, match='no backbone.pre_norm'):
        find_mmpretrain_vit({'backbone.patch_embed.projection.weight': 1}, 'x')


def test_names_by_hand():
    names = {
        'cls_token': 'class_embedding',
        'pos_embed': 'positional_embedding',
        'patch_embed.projection.weight': 'conv1.weight',
        'pre_norm.weight': 'ln_pre.weight',
        'ln1.bias': 'ln_post.bias',
        'layers.7.ln1.weight': 'transformer.resblocks.7.ln_1.weight',
        'layers.7.ln2.bias': 'transformer.resblocks.7.ln_2.bias',
        'layers.7.attn.qkv.bias': 'transformer.resblocks.7.attn.in_proj_bias',
        'layers.7.attn.proj.bias': 'transformer.resblocks.7.attn.out_proj.bias',
        'layers.7.ffn.layers.0.0.weight': 'transformer.resblocks.7.mlp.c_fc.weight',
        'layers.7.ffn.layers.1.bias': 'transformer.resblocks.7.mlp.c_proj.bias',
    }
    tensors = {f'visual.{k}': torch.zeros(1, 1, 1) for k in names}
    tensors['visual_proj.proj'] = torch.zeros(2, 2)
    found = find_mmpretrain_vit(tensors, 'x')
    assert set(found) == {*names.values(), 'proj'}
