"""A tuned tower begins as the tower itself, whatever tunes it."""

import copy
import pickle

import pytest
import torch
from clip_files import tiny_arch
from tuned_towers import KINDS, PAIRS, TUNERS, inputs, move, tower, twins

from vlltr_mm.models import CVLP, OpenCLIPVisionBackbone


@pytest.mark.parametrize('kind, tuner', PAIRS)
def test_the_start_is_the_tower_bit_for_bit(kind, tuner):
    plain, tuned = twins(kind, tuner)
    x = inputs(kind)
    for training in (True, False):
        plain.train(training)
        tuned.train(training)
        for grad in (True, False):
            for mixed in (False, True):
                with torch.set_grad_enabled(grad):
                    with torch.autocast('cpu', torch.bfloat16, enabled=mixed):
                        (expected,), (found,) = plain(x), tuned(x)
                assert torch.equal(found, expected), (training, grad, mixed)
                assert found.dtype == expected.dtype and found.requires_grad == grad
    assert expected.std() > 0


@pytest.mark.parametrize('kind, tuner', PAIRS)
def test_a_frozen_one_too(kind, tuner):
    plain, tuned = tower(kind, frozen=True), tower(kind, tuner, frozen=True)
    tuned.load_state_dict({**tuned.state_dict(), **plain.state_dict()})
    x = inputs(kind)
    assert torch.equal(tuned.train()(x)[0], plain(x)[0])
    assert not tuned.tuner.training and not any(p.requires_grad for p in tuned.parameters())
    assert not torch.equal(move(tuned)(x)[0], plain(x)[0])
    assert not tuned(x)[0].requires_grad


@pytest.mark.parametrize('dtype', [torch.float64, torch.bfloat16])
@pytest.mark.parametrize('tuner', TUNERS)
def test_in_other_precisions(tuner, dtype):
    plain, tuned = (backbone.to(dtype).eval() for backbone in twins('vit', tuner))
    x = inputs('vit').to(dtype)
    for grad in (True, False):
        with torch.set_grad_enabled(grad):
            assert torch.equal(tuned(x)[0], plain(x)[0])


@pytest.mark.parametrize('kind, tuner', PAIRS)
def test_the_tower_keeps_its_names_and_what_is_trained_lies_apart(kind, tuner):
    plain, tuned = twins(kind, tuner)
    own = {key for key in tuned.state_dict() if not key.startswith('tuner.')}
    assert own == set(plain.state_dict()) and len(own) < len(tuned.state_dict())
    before = copy.deepcopy(tuned.state_dict())
    move(tuned).train()(inputs(kind))[0].square().sum().backward()
    trained = {name for name, p in tuned.named_parameters() if p.requires_grad}
    assert trained == {f'tuner.{name}' for name, _ in tuned.tuner.named_parameters()}
    assert {name for name, p in tuned.named_parameters() if p.grad is not None} == trained
    after = tuned.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in own)  # statistics too


@pytest.mark.parametrize('kind, tuner', PAIRS)
def test_copies_and_the_tower_without_its_tuner(kind, tuner):
    plain, tuned = twins(kind, tuner)
    x = inputs(kind)
    plain.eval()
    move(tuned).eval()
    twin = pickle.loads(pickle.dumps(copy.deepcopy(tuned)))
    with torch.no_grad():
        expected = tuned(x)[0]
        assert not torch.equal(expected, plain(x)[0])
        assert torch.equal(twin(x)[0], expected)
        move(twin, seed=1)
        assert not torch.equal(twin(x)[0], expected) and torch.equal(tuned(x)[0], expected)
        with tuned.untuned():
            assert torch.equal(tuned(x)[0], plain(x)[0])
            with tuned.untuned():
                pass
            assert torch.equal(tuned(x)[0], plain(x)[0])
        assert torch.equal(tuned(x)[0], expected)
        with plain.untuned():
            assert torch.equal(plain(x)[0], plain(x)[0])


@pytest.mark.parametrize('kind', ['resnet', 'timm_cnn'])
def test_batch_norm_stays_in_eval_whatever_norm_eval_says(kind):
    tuned = move(tower(kind, 'norm', norm_eval=False))
    expected = tuned.eval()(inputs(kind))[0]
    before = copy.deepcopy(tuned.state_dict())
    assert torch.equal(tuned.train()(inputs(kind))[0], expected)
    assert tuned.training and tuned.tuner.training
    assert all(torch.equal(value, before[key]) for key, value in tuned.state_dict().items())
    CVLP(tuned, tower('text', 'lora'), chunk_size=2).train()  # refuses what normalises by chunks


@pytest.mark.parametrize('kind', ['resnet', 'timm_cnn'])
@pytest.mark.parametrize('tuner', ['adaptformer', 'lora'])
def test_towers_without_blocks(kind, tuner):
    name = TUNERS[tuner]['type']
    with pytest.raises(ValueError, match=f'{name} works on the blocks of .* BiasTuner works on'):
        tower(kind, tuner)


def test_blocks_of_another_kind():
    arch = tiny_arch()
    arch['vision_cfg'].update(block_type='custom', qk_norm=True)
    with pytest.raises(ValueError, match='this tower has open_clip.*CustomResidualAttentionBlock'):
        OpenCLIPVisionBackbone(arch, tuner=TUNERS['adaptformer'])
    tuned = move(OpenCLIPVisionBackbone(arch, tuner=TUNERS['bias']))
    tuned(inputs('vit'))[0].sum().backward()
    assert all(p.grad is not None for p in tuned.tuner.parameters())


def test_a_tower_with_layer_scale():
    arch = tiny_arch()
    arch['vision_cfg']['ls_init_value'] = 0.5
    for tuner in TUNERS.values():
        torch.manual_seed(0)
        plain = OpenCLIPVisionBackbone(arch).eval()
        torch.manual_seed(0)
        tuned = OpenCLIPVisionBackbone(arch, tuner=tuner).eval()
        x = inputs('vit')
        assert torch.equal(tuned(x)[0], plain(x)[0])


def test_a_tower_that_pools_by_attention():
    """Whose queries are not its keys: none of the blocks' attention."""
    arch = tiny_arch()
    arch['vision_cfg'].update(
        attentional_pool=True, attn_pooler_queries=3, attn_pooler_heads=2, width=16, head_width=8
    )
    torch.manual_seed(0)
    plain = OpenCLIPVisionBackbone(arch)
    torch.manual_seed(0)
    tuned = OpenCLIPVisionBackbone(arch, tuner=TUNERS['adaptformer'])
    tuned.visual.load_state_dict(plain.visual.state_dict())
    x = inputs('vit')
    torch.testing.assert_close(tuned(x)[0], plain(x)[0], atol=1e-5, rtol=1e-5)


def test_recomputing_out_of_reach_is_refused():
    with pytest.raises(ValueError, match='grad_checkpointing is True.*set it to False'):
        tower('timm_cnn', 'bias', grad_checkpointing=True)


def test_every_kind_is_there():
    assert {kind for kind, _ in PAIRS} == set(KINDS) and len(PAIRS) == 16
