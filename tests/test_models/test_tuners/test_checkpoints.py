"""Tuned towers in checkpoints: nothing of a tuner is dropped, or taken by another."""

import pytest
import torch
from clip_files import WRITERS, text, tiny_arch, tiny_clip, tiny_tokens, vision
from mmengine.runner.checkpoint import load_state_dict
from tuned_towers import TUNERS, inputs, move, tower

from vlltr_mm.models import CVLP
from vlltr_mm.utils.weights_digest import weights_digest


def stage1(tuner, **kwargs):
    """Build stage 1 with two tuned towers, trained a little."""
    model = CVLP(tower('vit', tuner), tower('text', tuner), **kwargs)
    if tuner:
        move(model.vision_backbone)
        move(model.text_backbone, seed=1)
    return model.eval()


def write_stage1(path, tuner):
    model = stage1(tuner)
    torch.save(dict(meta=dict(epoch=2), state_dict=model.state_dict()), path)
    return model


def write_classifier(path, backbone):
    """Write what an ImageClassifier's run writes."""
    state = {f'backbone.{key}': value for key, value in backbone.state_dict().items()}
    torch.save(dict(meta=dict(epoch=2), state_dict=state), path)


def loaded(make, path, **kwargs):
    """Build a tower that starts from a file."""
    backbone = make(pretrained=str(path), **kwargs).eval()
    backbone.init_weights()
    return backbone


@pytest.mark.parametrize('tuner', TUNERS)
def test_a_stage_one_checkpoint_starts_stage_two(tmp_path, tuner):
    model = write_stage1(tmp_path / 'epoch_2.pth', tuner)
    for frozen in (False, True):
        image = loaded(vision, tmp_path / 'epoch_2.pth', tuner=TUNERS[tuner], frozen=frozen)
        words = loaded(text, tmp_path / 'epoch_2.pth', tuner=TUNERS[tuner], frozen=frozen)
        # Rounded as frozen weights are, with frozen=True.
        exact = dict(atol=0, rtol=0) if not frozen else dict(atol=1e-5, rtol=1e-5)
        expected = model.vision_backbone(inputs('vit'))[0]
        torch.testing.assert_close(image(inputs('vit'))[0].detach(), expected.detach(), **exact)
        expected = model.text_backbone(tiny_tokens())[0]
        torch.testing.assert_close(words(tiny_tokens())[0].detach(), expected.detach(), **exact)
        assert weights_digest(image) == weights_digest(model.vision_backbone)
        move(image)
        assert weights_digest(image) != weights_digest(model.vision_backbone)


def test_a_classifiers_checkpoint_starts_another(tmp_path):
    first = move(tower('resnet', 'norm'))
    write_classifier(tmp_path / 'epoch_2.pth', first)
    second = loaded(vision, tmp_path / 'epoch_2.pth', kind='resnet', tuner=TUNERS['norm'])
    assert torch.equal(second(inputs('resnet'))[0], first.eval()(inputs('resnet'))[0])
    torch.save(first.state_dict(), tmp_path / 'backbone.pth')
    second = loaded(vision, tmp_path / 'backbone.pth', kind='resnet', tuner=TUNERS['norm'])
    assert torch.equal(second(inputs('resnet'))[0], first.eval()(inputs('resnet'))[0])


@pytest.mark.parametrize('form', WRITERS)
def test_clips_own_files_start_a_tuned_tower(tmp_path, form):
    name, write = WRITERS[form]
    clip = tiny_clip(quick_gelu=form == 'openai')
    write(tmp_path / name, clip)
    tuned = loaded(vision, tmp_path / name, tuner=TUNERS['adaptformer'])
    assert torch.equal(tuned(inputs('vit'))[0], clip.encode_image(inputs('vit')))


OTHERS = [
    (None, r'holds a tuned tower \(\d+ tensors of a tuner, such as .* tuner is None.*merge_tuner'),
    (dict(type='AdaptFormer', bottleneck=8), 'AdaptFormer do not fit: .* of another shape .*size'),
    (dict(type='LoRA', bottleneck=4), r'LoRA do not fit: \d+ missing .*unexpected .*Set tuner'),
    (dict(type='BiasTuner'), 'BiasTuner do not fit'),
]


@pytest.mark.parametrize('tuner, message', OTHERS)
def test_another_tuner_is_refused(tmp_path, tuner, message):
    path = tmp_path / 'epoch_2.pth'
    model = write_stage1(path, 'adaptformer')
    for make in (vision, text):
        with pytest.raises(ValueError, match=f'epoch_2.pth.*{message}'):
            loaded(make, path, tuner=tuner)
    other = CVLP(vision(tuner=tuner), text(tuner=tuner), teacher=False)
    before = weights_digest(other)
    for load in (torch.nn.Module.load_state_dict, load_state_dict):  # torch's and MMEngine's
        with pytest.raises(ValueError, match=f'state dict.*{message}'):
            load(other, model.state_dict(), strict=False)
    assert weights_digest(other) == before


def test_half_a_tuner_is_refused():
    tuned = move(tower('vit', 'adaptformer'))
    state = tuned.state_dict()
    del state['tuner.parts.1.up.weight']
    with pytest.raises(ValueError, match=r'1 missing \(parts.1.up.weight\)'):
        tuned.load_state_dict(state, strict=False)


def test_numbers_that_are_none_are_named(tmp_path):
    model = stage1('adaptformer')
    torch.nn.init.constant_(model.vision_backbone.tuner.parts[0].scale, float('nan'))
    torch.save(model.state_dict(), tmp_path / 'epoch_2.pth')
    with pytest.raises(ValueError, match='epoch_2.pth.*not finite'):
        loaded(vision, tmp_path / 'epoch_2.pth', tuner=TUNERS['adaptformer'])


@pytest.mark.parametrize('tuner', TUNERS)
def test_a_run_resumes(tuner):
    first, second = stage1(tuner), stage1(tuner)
    move(second.vision_backbone, seed=5)
    second.load_state_dict(first.state_dict())
    x = inputs('vit')
    assert torch.equal(second.extract_feat(x), first.extract_feat(x))


def test_the_activation_follows_the_file(tmp_path):
    clip = tiny_clip(quick_gelu=True)
    name, write = WRITERS['openai']
    write(tmp_path / name, clip)
    for tuner in TUNERS.values():
        tuned = loaded(vision, tmp_path / name, tuner=tuner)
        assert tuned.uses_quick_gelu
        assert torch.equal(tuned(inputs('vit'))[0], clip.encode_image(inputs('vit')))
    assert tiny_arch().get('quick_gelu') is None
