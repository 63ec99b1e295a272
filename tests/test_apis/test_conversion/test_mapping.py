"""Names and shapes are checked before anything is renamed."""

import copy

import open_clip
import pytest
import torch
from clip_files import tiny_clip
from mmengine.config import Config
from mmpretrain.registry import MODELS
from release_files import stage1_model, stage2_model
from repo import REPO

from vlltr_mm.apis.conversion.mapping import map_release, map_to_open_clip


def test_a_missing_layer_is_named():
    model = {
        k: v
        for k, v in stage1_model(tiny_clip()).items()
        if not k.startswith('visual.transformer.resblocks.0.')
    }
    with pytest.raises(
        ValueError,
        match=r'missing \(visual.transformer.resblocks.0.*'
        r'unexpected \(visual.transformer.resblocks.1',
    ):
        map_release(model)


def test_misshapen_tensors_are_named():
    model = stage2_model(tiny_clip())
    model['text_block.attn.wk.weight'] = torch.zeros(16, 3)
    with pytest.raises(
        ValueError,
        match=r'1 of another shape \(text_block.'
        r'attn.wk.weight \(16, 3\) for \(16, 16\)\)',
    ):
        map_release(model)
    model['text_embeddings'] = torch.zeros(5, 16)
    with pytest.raises(
        ValueError,
        match=r'shape \(C, M, D\); its '
        r'text_embeddings are \(5, 16\)',
    ):
        map_release(model)


def test_towers_of_two_widths():
    model = stage1_model(tiny_clip())
    model['text_projection'] = torch.zeros(16, 8)
    with pytest.raises(ValueError, match='gives 16-d and the text tower 8-d'):
        map_release(model)


def test_a_class_without_sentence_is_named():
    model = stage2_model(tiny_clip())
    model['text_embeddings'][3] = 0
    with pytest.raises(
        ValueError,
        match='nothing but zeros for 1 of 5 class'
        r'es \(first: 3\)',
    ):
        map_release(model)


def test_export_names_what_does_not_fit():
    model = stage1_model(tiny_clip())
    state, _ = map_release(model, teacher=model)
    lost = copy.copy(state)
    del lost['text_backbone.text.ln_final.bias']
    lost['neck.weight'] = torch.zeros(1)
    with pytest.raises(
        ValueError,
        match='a CVLP checkpoint: 1 missing '
        r'\(ln_final.bias\); 1 unexpected \(neck.weight\)',
    ):
        map_to_open_clip(lost)
    with pytest.raises(
        ValueError,
        match='an ImageClassifier checkpoint: 1 '
        r'unexpected \(ema.weight\)',
    ):
        map_to_open_clip(
            {
                **{
                    k.replace('vision_', ''): v
                    for k, v in state.items()
                    if k.startswith('vision_backbone.')
                },
                'ema.weight': torch.zeros(1),
            }
        )


@pytest.mark.slow
@pytest.mark.parametrize('tower', ['r50', 'vit-b16'])
def test_names_and_shapes_of_the_recipes(tower):
    """Full size, without the weights' content."""
    name = {'r50': 'RN50', 'vit-b16': 'ViT-B-16'}[tower]
    dims = {'r50': 1024, 'vit-b16': 512}[tower]
    stages = [
        Config.fromfile(REPO / f'configs/{s}_{tower}_imagenet_lt.py') for s in ('cvlp', 'vlltr')
    ]
    with torch.device('meta'):
        clip = open_clip.create_model(name, device='meta')
        models = [MODELS.build(cfg.model) for cfg in stages]
        head = {
            k.replace('head.', ''): v
            for k, v in models[1].state_dict().items()
            if k.startswith('head.')
        }
    release1 = dict(clip.state_dict())
    release2 = stage2_model(tiny_clip(), num_classes=1000, num_anchors=64, dims=dims)
    release2 = {k: v for k, v in release2.items() if not k.startswith('visual.')}
    release2.update((k, v) for k, v in release1.items() if k.startswith('visual.'))
    for model, release in zip(models, (release1, release2)):
        state, _ = map_release(release, release1)
        own = model.state_dict()
        assert {k: v.shape for k, v in state.items()} == {k: v.shape for k, v in own.items()}
    assert head['anchor_feats'].shape == (1000, 64, dims)
    assert set(map_to_open_clip(state)[0]) == {k for k in release1 if k.startswith('visual.')}
