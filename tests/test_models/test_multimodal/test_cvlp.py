"""Stage 1's model on towers of a few numbers."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from dist_utils import run_ranks
from mmengine.model import MMDistributedDataParallel
from mmpretrain.structures import DataSample
from tiny_cvlp import Text, Vision, drift, make_batch, make_model
from torch import nn

from vlltr_mm.models import CVLP, ClassWiseContrastiveLoss, contrastive_distill_loss


def test_losses_carry_their_weights():
    model = make_model(ccl_weight=0.25, distill_weight=2.0)
    model.init_weights()
    drift(model)
    inputs, samples = make_batch()
    losses = model(inputs, samples, mode='loss')
    labels = torch.cat([s.gt_label for s in samples])
    tokens = nn.utils.rnn.pad_sequence([s.text_tokens for s in samples], True)
    image = model.vision_backbone(inputs)[-1]
    text = model.text_backbone(tokens)[-1]
    scale = model.logit_scale.exp()
    ccl = ClassWiseContrastiveLoss(label_smooth=0.1)(image, text, labels, scale)
    distill = contrastive_distill_loss(
        image, text, *model.teacher(inputs, tokens), scale, model.teacher.logit_scale.exp()
    )
    torch.testing.assert_close(losses['loss_ccl'], 0.25 * ccl)
    torch.testing.assert_close(losses['loss_distill'], 2 * distill)
    torch.testing.assert_close(losses['scale'], scale.detach())


def test_teacher_is_the_initial_student_and_stays():
    model = make_model()
    model.init_weights()
    before = {k: v.clone() for k, v in model.teacher.state_dict().items()}
    for key, value in model.vision_backbone.state_dict().items():
        assert torch.equal(before[f'vision_backbone.{key}'], value)
    model.train()
    assert not any(m.training for m in model.teacher.modules())
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.1)
    losses = model(*make_batch(), mode='loss')
    (losses['loss_ccl'] + losses['loss_distill']).backward()
    optimizer.step()
    for key, value in model.teacher.state_dict().items():
        assert torch.equal(before[key], value)
    assert not torch.equal(before['vision_backbone.proj.weight'], model.vision_backbone.proj.weight)


def test_without_a_teacher_there_is_no_distillation():
    losses = make_model(teacher=False)(*make_batch(), mode='loss')
    assert set(losses) == {'loss_ccl', 'scale'}


@pytest.mark.parametrize(
    'given, loaded, expected', [(None, None, math.log(1 / 0.07)), (None, 4.6, 4.6), (1.5, 4.6, 1.5)]
)
def test_initial_scale(given, loaded, expected):
    model = make_model(logit_scale=given)
    model.vision_backbone.pretrained_logit_scale = loaded
    model.init_weights()
    assert model.logit_scale.item() == pytest.approx(expected)
    assert model.teacher.logit_scale.item() == pytest.approx(expected)


def with_indices(samples):
    """Point each sample at its sentence in a corpus of them all, reversed."""
    rows = []
    for number, sample in enumerate(samples):
        sample.set_field(len(samples) - 1 - number, 'text_index')
        rows.insert(0, sample.text_tokens)
    return nn.utils.rnn.pad_sequence(rows, True)


def test_a_bank_replaces_the_teachers_text_tower():
    model = make_model()
    model.init_weights()
    drift(model)
    inputs, samples = make_batch()
    corpus = with_indices(samples)
    encoded = model(inputs, samples, mode='loss')
    bank = model.teacher.text_backbone(corpus)[-1].detach()
    model.set_teacher_text_bank(bank)

    def refuse(*_):
        raise AssertionError('the tower was asked')

    model.teacher.text_backbone.register_forward_hook(refuse)
    found = model(inputs, samples, mode='loss')
    torch.testing.assert_close(found, encoded)
    assert not any('bank' in key for key in model.state_dict())
    model.set_teacher_text_bank(bank.flip(0))
    other = model(inputs, samples, mode='loss')['loss_distill']
    assert not torch.allclose(other, encoded['loss_distill'])


def test_a_bank_that_does_not_fit():
    with pytest.raises(
        ValueError,
        match=r'bank is \(5, 3\), the teacher is '
        '4-d',
    ):
        make_model().set_teacher_text_bank(torch.zeros(5, 3))
    with pytest.raises(ValueError, match='the teacher is absent'):
        make_model(teacher=False).set_teacher_text_bank(torch.zeros(5, 4))
    model = make_model()
    model.set_teacher_text_bank(torch.zeros(5, 4))
    with pytest.raises(ValueError, match='no text_index.*TextCorpusDataset'):
        model(*make_batch(), mode='loss')


def test_prediction_is_the_embedding():
    model = make_model()
    inputs, samples = make_batch()
    feats = model(inputs)
    for sample, feat in zip(model(inputs, samples, mode='predict'), feats):
        assert torch.equal(sample.image_feat, feat)


def test_errors_name_the_remedy():
    narrow = Text()
    narrow.embed_dims = 3
    with pytest.raises(ValueError, match='4-d and text_backbone gives 3-d|3-d'):
        CVLP(Vision(), narrow)
    inputs, samples = make_batch()
    with pytest.raises(ValueError, match='TextCorpusDataset'):
        make_model()(inputs, [DataSample().set_gt_label(0)], mode='loss')
    with pytest.raises(RuntimeError, match="'tensor', 'loss'"):
        make_model()(inputs, mode='train')


def gradients(rank, world_size):
    """The gradients of this rank's share of the batch, averaged by DDP."""
    model = make_model()
    model.init_weights()
    drift(model)
    inputs, samples = make_batch()
    share = len(samples) // world_size
    mine = slice(rank * share, (rank + 1) * share)
    wrapped = model if world_size == 1 else MMDistributedDataParallel(model)
    losses = wrapped(inputs[mine], samples[mine], mode='loss')
    (losses['loss_ccl'] + losses['loss_distill']).backward()
    return {
        name: parameter.grad.numpy()
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }


@pytest.mark.slow
def test_two_ranks_give_the_gradient_of_one_process():
    one = gradients(0, 1)
    assert 'logit_scale' in one
    for two in run_ranks(gradients):
        assert set(two) == set(one)
        for name, grad in one.items():
            # float32 sums of six terms in another order
            np.testing.assert_allclose(two[name], grad, rtol=1e-5, atol=1e-6, err_msg=name)


def push_scale(model, steps, optimizer=None):
    """Take steps that only want a larger scale; return it after each."""
    optimizer = optimizer or torch.optim.Adam([model.logit_scale], lr=0.5)
    seen = []
    for _ in range(steps):
        losses = model(*make_batch(), mode='loss')
        seen.append(losses['scale'].item())
        optimizer.zero_grad()
        (-model.logit_scale).backward()
        optimizer.step()
    return seen


def test_the_scale_is_bounded_as_clips():
    model = make_model(teacher=False, logit_scale=4.0)
    seen = push_scale(model, 5)
    assert seen == sorted(seen) and max(seen) == pytest.approx(100, rel=1e-6)
    # A state dict has the bound, also after the last step.
    assert model.logit_scale > math.log(100)
    assert model.state_dict()['logit_scale'].item() == pytest.approx(math.log(100), rel=1e-6)
    assert model.logit_scale.exp().item() == pytest.approx(100, rel=1e-6)


def test_a_scale_leaves_the_bound_again():
    model = make_model(teacher=False, logit_scale=4.6)
    push_scale(model, 3)
    losses = model(*make_batch(), mode='loss')
    losses['loss_ccl'].backward()
    assert model.logit_scale.grad.abs() > 0


def test_without_a_bound_and_below_it_nothing_changes():
    free = make_model(teacher=False, max_logit_scale=None)
    assert max(push_scale(free, 6)) > 100
    kept, bounded = (
        push_scale(make_model(teacher=False, max_logit_scale=m), 3) for m in (None, math.log(100))
    )
    assert kept == bounded


def test_a_loaded_scale_stays_until_it_is_trained():
    state = make_model(logit_scale=5.0, max_logit_scale=None).state_dict()
    model = make_model()
    model.load_state_dict(state)
    assert model.state_dict()['logit_scale'].item() == 5.0
    copy.deepcopy(model)(*make_batch(), mode='loss')
    pickle.loads(pickle.dumps(model))


def test_scales_that_are_none():
    for kwargs in (dict(logit_scale=100), dict(max_logit_scale=float('nan'))):
        with pytest.raises(ValueError, match='must be the logarithm of a scale'):
            make_model(**kwargs)
    with pytest.raises(ValueError, match='logit_scale is 5.0, above max_logit_scale=4.60'):
        make_model(logit_scale=5)
    state = make_model().state_dict()
    state['logit_scale'].fill_(float('nan'))
    with pytest.raises(ValueError, match='logit_scale of the loaded weights is nan'):
        make_model().load_state_dict(state)


@pytest.mark.parametrize('name', ['ccl_weight', 'distill_weight'])
def test_weights_that_are_none(name):
    for value in (float('nan'), -1):
        with pytest.raises(ValueError, match=f'{name} is .* finite number of at least 0'):
            make_model(**{name: value})
