"""The record of a head's anchors travels in its checkpoints and is compared."""

import copy

import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict
from mmengine.visualization import Visualizer
from safetensors.torch import load_file, save_file
from tiny_anchors import D, M, make_anchors

from vlltr_mm.models import LGRHead
from vlltr_mm.models.heads.anchor_record import RECORD_KEYS, AnchorRecord
from vlltr_mm.structures import AnchorSet
from vlltr_mm.structures.anchor_set import pack_sentences
from vlltr_mm.utils import warn_once

NAMES = ['cat', 'dog', 'élan']
ORIGINS = dict(
    names=['WikiTexts: w/0.txt', 'PromptTemplates: photo'], runs=[[0, 1], [1, 1 + 2 * M]]
)
TEXT = [['A cat.', 'Purrs.'], ['dog'] * M, ['élan'] * M]


@pytest.fixture()
def head(tmp_path):
    feats, mask = make_anchors()
    losses = torch.arange(12.0).view(3, 4) / 3
    losses[~mask] = float('nan')
    anchors = AnchorSet(
        feats, mask, losses, torch.zeros(3, 4).long(), 0.75, NAMES,
        meta=dict(class_counts=(5, 4, 3), corpus='text', tower='weights', selector='AnSS'),
        packed_text=pack_sentences(TEXT),
        packed_origins=ORIGINS,
    )  # fmt: skip
    path = str(tmp_path / 'anchors.safetensors')
    anchors.save(path)
    again = AnchorSet.load(path)
    assert again.record == anchors.record and again.text == TEXT and again.meta == anchors.meta
    assert again.origins == anchors.origins and again.packed_origins == ORIGINS
    head = make_bare(anchors=path)
    head.init_weights()
    return head


def make_bare(**kwargs):
    return LGRHead(num_classes=3, in_channels=D, num_anchors=M, **kwargs)


def check(head):
    assert head.anchor_record.made_for.classes == tuple(NAMES)
    assert head.anchor_record.made_for.class_counts == (5, 4, 3)
    assert head.anchor_record.text(head.anchor_mask) == TEXT
    assert head.anchor_record.losses[0] == [0.0, 0.3333, None, None]
    first, *others = head.anchor_record.origins(head.anchor_mask)
    assert first == ['WikiTexts: w/0.txt', 'PromptTemplates: photo']
    assert others == [['PromptTemplates: photo'] * M] * 2


@pytest.mark.parametrize('load', [lambda h, s: h.load_state_dict(s), load_state_dict])
def test_a_state_dict_has_the_record(head, tmp_path, load):
    check(head)
    save_file(head.state_dict(), tmp_path / 'head.safetensors')
    state = load_file(tmp_path / 'head.safetensors')
    before, bare = dict(state), make_bare()
    load(bare, state)
    check(bare)
    check(copy.deepcopy(bare))
    assert state.keys() == before.keys()
    inside = torch.nn.ModuleDict(dict(head=make_bare()))
    load(inside, {f'head.{key}': value for key, value in state.items()})
    check(inside['head'])


def test_a_state_dict_of_an_earlier_version_loads(head):
    state = {k: v for k, v in head.state_dict().items() if k not in RECORD_KEYS}
    head.load_state_dict(state)
    assert head.anchor_record is None  # the anchors are no longer those of the file
    head.train()


def test_a_damaged_record_is_refused(head):
    state = dict(head.state_dict(), anchor_record=torch.zeros(4, dtype=torch.uint8))
    with pytest.raises(ValueError, match='anchor_record holds no packed JSON'):
        make_bare().load_state_dict(state)


def test_anchors_of_a_person_have_none(head):
    head.set_anchors(*make_anchors())
    assert head.anchor_record is None and 'anchor_record' not in head.state_dict()


def test_the_classes_of_a_runner_are_compared(head, monkeypatch):
    said = []
    monkeypatch.setattr(warn_once, 'print_log', lambda text, *_, **__: said.append(text))
    visualizer = Visualizer.get_instance('classes_of_a_runner')
    try:
        visualizer.dataset_meta = dict(classes=NAMES)
        head.train().eval()
        visualizer.dataset_meta = dict(classes=NAMES[::-1])
        for mode in (True, False):
            with pytest.raises(
                ValueError, match='safetensors and the data set have .* another order: 0'
            ):
                head.train(mode)
        visualizer.dataset_meta = dict(classes=['cat', 'hound', 'élan'])
        head.train()
        assert "name classes differently: 1 is 'dog' there, 'hound' here." in said.pop()
        head.train().eval()
        assert not said  # the same classes are compared once
        visualizer.dataset_meta = dict(classes=['some', 'other', 'set'])  # of a notebook
        head.train()
        assert not said
    finally:
        visualizer.dataset_meta = None


@pytest.mark.parametrize('place', ['feats', 'scale'])
def test_numbers_that_are_not_finite_are_refused(head, place):
    feats, mask = make_anchors()
    if place == 'feats':
        feats[1, 2, 3] = float('nan')
        with pytest.raises(ValueError, match=r'feats of the anchors has 1 .* at \(1, 2, 3\): nan'):
            head.set_anchors(feats, mask)
        with pytest.raises(ValueError, match='not finite'):
            AnchorSet(feats, mask, mask, mask, 0.5, NAMES)
    else:
        with pytest.raises(ValueError, match='logit_scale'):
            head.set_anchors(feats, mask, float('nan'))
    check(head)  # nothing of it was taken


def test_a_record_without_origins_is_that_of_an_earlier_version(head):
    feats, mask = make_anchors()
    anchors = AnchorSet(feats, mask, torch.zeros(3, 4), torch.zeros(3, 4).long(), 0.75, NAMES)
    record = AnchorRecord.of(anchors)
    assert anchors.origins is None and record.origins(mask) is None
    assert record.extended(['emu'], [['An emu.']], mask).origins(mask) is None
    more = head.anchor_record.extended(['emu', 'ox'], [['An emu.'], ['a', 'b']], head.anchor_mask)
    rows = torch.zeros(2, M, dtype=torch.bool)
    rows[0, 0] = rows[1, :2] = True
    origins = more.origins(torch.cat([head.anchor_mask, rows]))
    assert origins[:3] == head.anchor_record.origins(head.anchor_mask)
    assert origins[3:] == [['a new class'], ['a new class'] * 2]
    with pytest.raises(ValueError, match='origins of 10 sentences, not 11'):
        head.anchor_record.origins(torch.cat([head.anchor_mask, rows[:1]]))
