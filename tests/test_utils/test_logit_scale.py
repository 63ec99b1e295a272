"""A scale that is no logarithm of one is refused wherever it is given or read."""

import math

import pytest
import torch
from clip_files import tiny_clip, write_bare_state_dict
from tiny_anchors import make_anchors, make_head, save_anchors

from vlltr_mm.models import LGRHead, PrototypeClsHead
from vlltr_mm.models.backbones.openclip.weights import read_clip_file
from vlltr_mm.structures import AnchorSet
from vlltr_mm.structures.tensor_file import load_tensors, save_tensors
from vlltr_mm.utils.logit_scale import check_log_scale

BAD = [float('nan'), float('inf'), 400, 1e9, 100, -50, '2.6', True, [2.6]]


@pytest.mark.parametrize('value', BAD)
def test_what_is_no_log_scale_is_refused(value):
    with pytest.raises(ValueError, match='must be the logarithm of a scale'):
        check_log_scale(value, 'logit_scale')


def test_a_plain_scale_is_told_from_nonsense():
    with pytest.raises(ValueError, match='is 100; .*plain scale, give its logarithm, 4.60517'):
        check_log_scale(100, 'logit_scale')
    with pytest.raises(ValueError, match='-9.21 .. 9.21. Correct it'):
        check_log_scale(torch.tensor(1e9), 'logit_scale')


@pytest.mark.parametrize(
    'value', [0, 4.6052, math.log(1 / 0.07), torch.tensor(4.6055).half(), torch.tensor([2.0]), 5.2]
)
def test_scales_that_people_have_pass(value):
    assert check_log_scale(value, 'logit_scale') == float(value)


@pytest.mark.parametrize('value', BAD[:4])
def test_heads_and_their_checkpoints(value):
    for make in (
        lambda: LGRHead(3, 6, logit_scale=value),
        lambda: PrototypeClsHead(3, 6, logit_scale=value),
        lambda: make_head().set_anchors(*make_anchors(), torch.tensor(value)),
    ):
        with pytest.raises(ValueError, match='logit_scale is .* logarithm'):
            make()
    state = make_head().state_dict()
    state['logit_scale'] = torch.tensor(float(value))
    with pytest.raises(ValueError, match='logit_scale of the head is'):
        make_head().load_state_dict(state)


@pytest.mark.parametrize('value', BAD)
def test_files(tmp_path, value):
    path = save_anchors(tmp_path / 'a.safetensors')
    tensors, meta = load_tensors(path)
    meta['record']['logit_scale'] = value
    save_tensors(path, tensors, meta)
    with pytest.raises(ValueError, match=r'a\.safetensors.*(logarithm|no finite number)'):
        AnchorSet.load(path)
    feats, mask = make_anchors()
    rest = torch.zeros(2, *mask.shape).unbind()
    with pytest.raises(ValueError, match='logit_scale of the anchors is .* logarithm'):
        AnchorSet(feats, mask, *rest, value, ['a', 'b', 'c'])


def test_a_clip_file_with_a_plain_scale_is_named(tmp_path):
    clip = tiny_clip()
    clip.logit_scale.data.fill_(100)
    write_bare_state_dict(tmp_path / 'clip.pt', clip)
    with pytest.raises(ValueError, match=r'clip\.pt, logit_scale is 100.0; .* 4.60517'):
        read_clip_file(str(tmp_path / 'clip.pt'), 'vision')
