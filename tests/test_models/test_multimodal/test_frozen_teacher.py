"""The teacher of tuned towers is those towers without their tuners."""

import copy
import math
import pickle

import pytest
import torch
from clip_files import tiny_tokens
from tuned_towers import TUNERS, inputs, move, tower, twins

from vlltr_mm.models import CVLP, contrastive_distill_loss
from vlltr_mm.models.multimodal.frozen_teacher import FrozenTeacher
from vlltr_mm.utils.weights_digest import weights_digest


def pair(tuner, dtype=torch.float64, **kwargs):
    """Build stage 1 of tuned towers, and a teacher that is a copy of the plain ones."""
    (vision, tuned_vision), (text, tuned_text) = twins('vit', tuner), twins('text', tuner)
    copied = FrozenTeacher(vision, text)
    model = CVLP(tuned_vision, tuned_text, **kwargs)
    return model.to(dtype).train(), copied.to(dtype)


@pytest.mark.parametrize('tuner', TUNERS)
@pytest.mark.parametrize('chunk_size', [None, 2])
def test_it_is_the_copied_teacher(tuner, chunk_size):
    model, copied = pair(tuner, chunk_size=chunk_size)
    x, tokens = inputs('vit', n=5).double(), tiny_tokens(lengths=(5, 12, 9, 7, 20))
    with torch.no_grad():
        student = model.vision_backbone(x)[0], model.text_backbone(tokens)[0]
    before = model.teacher(x, tokens, chunk_size=chunk_size)
    move(model.vision_backbone)
    move(model.text_backbone)
    found = model.teacher(x, tokens, chunk_size=chunk_size)
    expected = copied(x, tokens, chunk_size=chunk_size)
    # float64, other kernels
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    assert not any(feats.requires_grad for feats in found)
    for old, new, start in zip(before, found, student):
        assert torch.equal(old, new)
        torch.testing.assert_close(old, start, rtol=1e-10, atol=1e-12)  # other batches
    moved = model.vision_backbone(x)[0]
    assert not torch.allclose(moved, found[0], atol=1e-3) and moved.requires_grad
    losses = [
        contrastive_distill_loss(moved, model.text_backbone(tokens)[0], *feats, 5.0, 7.0)
        for feats in (found, expected)
    ]
    torch.testing.assert_close(*losses, rtol=1e-10, atol=1e-12)


def test_a_checkpoint_holds_no_second_copy_and_brings_the_teacher_back():
    model, _ = pair('adaptformer', logit_scale=1.5)
    model.init_weights()
    move(model.vision_backbone)
    torch.nn.init.constant_(model.logit_scale, 2.5)
    state = copy.deepcopy(model.state_dict())
    assert {key for key in state if key.startswith('teacher.')} == {'teacher.logit_scale'}
    other, _ = pair('adaptformer', logit_scale=0.5)
    move(other.vision_backbone, seed=3)
    with torch.no_grad():
        for parameter in other.vision_backbone.visual.parameters():
            parameter.add_(0.1)
    other.load_state_dict(state)
    x, tokens = inputs('vit').double(), tiny_tokens()
    assert torch.equal(other.extract_feat(x), model.extract_feat(x))
    for found, expected in zip(other.teacher(x, tokens), model.teacher(x, tokens)):
        assert torch.equal(found, expected)
    assert other.teacher.logit_scale.item() == 1.5 and other.logit_scale.item() == 2.5


def test_a_copy_has_a_teacher_of_its_own():
    model, _ = pair('lora')
    x, tokens = inputs('vit').double(), tiny_tokens()
    expected = model.teacher(x, tokens)[0]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(twin.teacher(x, tokens)[0], expected)
        assert twin.teacher.vision_backbone.tower is twin.vision_backbone
        with torch.no_grad():
            for parameter in twin.vision_backbone.visual.parameters():
                parameter.add_(0.1)
        assert not torch.equal(twin.teacher(x, tokens)[0], expected)
        assert torch.equal(model.teacher(x, tokens)[0], expected)


@pytest.mark.parametrize('tuner', TUNERS)
def test_its_digest_is_that_of_the_plain_tower(tuner):
    """A stored bank of its sentences is found again in a resumed run."""
    text, tuned = twins('text', tuner)
    model = CVLP(tower('vit', tuner), tuned)
    expected = weights_digest(text)
    for seed in range(2):
        teacher = model.teacher.text_backbone
        assert weights_digest(teacher) == expected and teacher.embed_dims == 16
        move(model.text_backbone, seed=seed)
    with torch.no_grad():
        tuned.text.ln_final.bias.add_(0.1)
    assert weights_digest(model.teacher.text_backbone) != expected


def test_of_one_tuned_tower_the_other_is_copied():
    model = CVLP(tower('vit', 'adaptformer'), tower('text'))
    model.init_weights()
    keys = [key for key in model.state_dict() if key.startswith('teacher.')]
    assert 'teacher.text_backbone.text.ln_final.bias' in keys
    assert not any('vision' in key for key in keys)
    tokens = tiny_tokens()
    expected = model.teacher(inputs('vit'), tokens)[1]
    with torch.no_grad():
        model.text_backbone.text.ln_final.bias.add_(1)
    assert torch.equal(model.teacher(inputs('vit'), tokens)[1], expected)


def test_towers_that_come_tuned_bring_the_scale_they_had_without(tmp_path):
    def stage1(**kwargs):
        model = CVLP(tower('vit', 'lora', **kwargs), tower('text', 'lora', **kwargs))
        model.init_weights()
        return model

    first = stage1()
    torch.nn.init.constant_(first.logit_scale, 3.5)
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(dict(state_dict=first.state_dict()), path)
    second = stage1(pretrained=path)
    assert second.logit_scale.item() == pytest.approx(3.5)
    assert second.teacher.logit_scale.item() == pytest.approx(math.log(1 / 0.07))
    given = CVLP(
        tower('vit', 'lora', pretrained=path),
        tower('text', 'lora', pretrained=path),
        logit_scale=2.0,
    )
    given.init_weights()
    assert given.teacher.logit_scale.item() == given.logit_scale.item() == 2
    alone = CVLP(tower('vit', 'lora'), tower('text', 'lora'), teacher=False)
    torch.save(dict(state_dict=alone.state_dict()), path)
    torch.nn.init.constant_(alone.logit_scale, 3.5)
    torch.save(alone.state_dict(), path)
    assert stage1(pretrained=path).teacher.logit_scale.item() == pytest.approx(3.5)
