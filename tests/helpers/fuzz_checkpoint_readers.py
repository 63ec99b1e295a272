"""Readers of checkpoints and of CLIP weights."""

import json
import pickle
import tempfile
from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from clip_files import tiny_arch, tiny_clip, write_openai
from fuzz_inputs import (
    damaged_bytes,
    damaged_checkpoint,
    damaged_safetensors,
    damaged_values,
    saved,
)
from fuzz_text_readers import odd_tensors
from fuzz_trials import Reader
from mmengine.logging import HistoryBuffer
from release_files import ARGS, stage1_model, stage2_model
from safetensors.torch import save
from torch import nn

from vlltr_mm.apis.conversion import convert_release, export_open_clip
from vlltr_mm.models import FamiliarityClsHead
from vlltr_mm.models.backbones.openclip.towers import build_tower
from vlltr_mm.models.backbones.openclip.weights import fit_tower, read_clip_file
from vlltr_mm.models.heads.decoupling_heads import load_linear
from vlltr_mm.structures.left_out import KEY, LeftOut
from vlltr_mm.structures.packed_json import pack_json
from vlltr_mm.utils.checkpoint import load_checkpoint_file

_CLIP = tiny_clip()
_STATE = {key: value.detach() for key, value in _CLIP.state_dict().items()}
_VISION = {key: value for key, value in _STATE.items() if key.startswith('visual.')}
_LINEAR = {'head.fc.weight': torch.ones(3, 4), 'head.fc.bias': torch.zeros(3)}
_SIZES = {'conv.weight': (2, 1, 2), 'conv.bias': (2,), 'dense.weight': (4, 2), 'dense.bias': (4,)}
_RUN = dict(
    meta=dict(epoch=2, iter=10, seed=0, cfg='model = dict()', dataset_meta=dict(classes=['a'])),
    state_dict=_LINEAR,
    message_hub=dict(log_scalars=dict(loss=HistoryBuffer([0.5, 0.25], [1, 1]))),
    optimizer=dict(state={0: dict(step=torch.tensor(1.0))}, param_groups=[dict(lr=np.float64(1))]),
)
_WEIGHTS = dict(_RUN, state_dict={f'head.{k}': torch.ones(size) for k, size in _SIZES.items()})
_CVLP = {f'vision_backbone.{key}': value for key, value in _VISION.items()}
_CVLP |= {f'text_backbone.text.{k}': v for k, v in _STATE.items() if k not in _VISION}
_CVLP['logit_scale'] = _CVLP.pop('text_backbone.text.logit_scale')
_REFUSALS = (pickle.UnpicklingError, RuntimeError)
_TOWERS = {which: build_tower(tiny_arch(), which) for which in ('vision', 'text')}
_PLAIN = ('builtins', 'numpy', 'torch', 'mmengine.logging.history_buffer')
_TARGET = 'out.pth'
_LACKING = dict(version=1, file='clip.pt', digest='ab', tensors=['visual.proj'], sha256=None)


def _scripted() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_openai(Path(folder) / 'clip.pt', _CLIP)
        return (Path(folder) / 'clip.pt').read_bytes()


_SCRIPTED = _scripted()


def _mmpretrain() -> dict[str, torch.Tensor]:
    """Return the image tower by the names of MMPretrain's CLIP."""
    names = {
        'conv1.weight': 'patch_embed.projection.weight',
        'class_embedding': 'cls_token',
        'positional_embedding': 'pos_embed',
        'ln_pre.': 'pre_norm.',
        'ln_post.': 'ln1.',
        'transformer.resblocks.': 'layers.',
        'ln_1.': 'ln1.',
        'ln_2.': 'ln2.',
        'attn.in_proj_': 'attn.qkv.',
        'attn.out_proj.': 'attn.proj.',
        'mlp.c_fc.': 'ffn.layers.0.0.',
        'mlp.c_proj.': 'ffn.layers.1.',
    }
    state = {}
    for key, value in _VISION.items():
        for ours, theirs in names.items():
            key = key.replace(ours, theirs)
        state[key] = value
    state['visual_proj.proj'] = state.pop('visual.proj')
    state['visual.cls_token'] = state['visual.cls_token'].reshape(1, 1, -1)
    state['visual.pos_embed'] = state['visual.pos_embed'].unsqueeze(0)
    return state


_MMPRETRAIN = _mmpretrain()


def _fit(path: str, which: str):
    """Read a tower and load it, as a backbone does."""
    clip = read_clip_file(path, which)
    tower = _TOWERS[which]
    fit_tower(tower, clip.state, f'The weights of {path}')
    return clip, tower


def odd_clip(value, content) -> str | None:
    """Check the weights of a tower, and what is known about them."""
    clip, tower = value
    if type(clip.logit_scale) not in (float, type(None)) or clip.quick_gelu not in (
        *(True, False, None),
    ):
        return 'odd logit scale or activation'
    if clip.logit_scale is not None and not -20 < clip.logit_scale < 20:
        return 'odd logit scale'
    return odd_tensors(clip.state) or odd_tensors(tower.state_dict())


def odd_types(value) -> str | None:
    """Check that a file became nothing but values."""
    if isinstance(value, dict):
        parts = [*value, *value.values()]
    elif isinstance(value, (list, tuple, set)):
        parts = list(value)
    elif type(value).__module__ in _PLAIN:
        parts = []
    else:
        return f'odd type {type(value)}'
    return next(filter(None, map(odd_types, parts)), None)


def _linear(path: str):
    fc = nn.Linear(4, 3)
    load_linear(fc, path)
    return fc


def _familiarity(path: str):
    head = FamiliarityClsHead(3, 4, [3, 2, 1], weights=path)
    head.init_weights()
    return head


def _converted(convert, path: str, target: str):
    """Convert a file and read what was written."""
    Path(target).unlink(missing_ok=True)
    report = convert(path, target)
    return report, torch.load(target, weights_only=True)


def odd_conversion(value, content) -> str | None:
    """Check what a conversion wrote."""
    report, made = value
    state = made.get('state_dict', made)
    return odd_tensors(state) or (None if report.mapped else 'nothing was mapped')


def odd_lacking(value, content) -> str | None:
    """Check what a light checkpoint says that it lacks."""
    texts = [value.file, value.digest, value.sha256 or '', *value.tensors]
    if not all(type(text) is str for text in texts):
        return 'odd names'
    return None if value.tensors == list(content['tensors']) else 'other tensors'


def _is_json(content) -> bool:
    try:
        return json.loads(json.dumps(content)) == content
    except (TypeError, ValueError):
        return False


def _release(model) -> dict:
    return dict(model=model, epoch=49, args=Namespace(**ARGS))


def _file(name, content, read, inputs, known, odd, file='file.pth', errors=_REFUSALS) -> Reader:
    return Reader(
        name,
        lambda folder: (folder / file).write_bytes(content),
        lambda folder: read(str(folder / file)),
        inputs,
        known,
        odd,
        file,
        errors=errors,
    )


def _conversion(name, content, convert, inputs, known) -> Reader:
    return _file(
        name,
        content,
        lambda path: _converted(convert, path, path.replace('file.pth', _TARGET)),
        inputs,
        known,
        odd_conversion,
    )


CHECKPOINT_READERS = [
    _file(
        'checkpoint of a run',
        saved(_RUN),
        load_checkpoint_file,
        damaged_checkpoint(_RUN),
        lambda value: value['meta']['epoch'] == 2 and 'head.fc.bias' in value['state_dict'],
        lambda value, content: odd_types(value),
    ),
    _file(
        'checkpoint, .safetensors',
        save(_LINEAR),
        load_checkpoint_file,
        damaged_safetensors(_LINEAR),
        lambda value: [*value] == ['state_dict'] and len(value['state_dict']) == 2,
        lambda value, content: None if [*value] == ['state_dict'] else 'odd keys',
        'file.safetensors',
    ),
    Reader(
        'what a light checkpoint lacks',
        lambda folder: None,
        lambda folder, content: LeftOut.read({f'backbone.{KEY}': pack_json(content)}, 'backbone.'),
        damaged_values(_LACKING).filter(_is_json),
        lambda value: value == LeftOut('clip.pt', 'ab', ['visual.proj']),
        odd_lacking,
        named=(KEY,),
        good=_LACKING,
    ),
    _file(
        'linear classifier',
        saved(_RUN),
        _linear,
        damaged_checkpoint(_RUN),
        lambda fc: fc.weight.detach().sum() == 12,
        lambda fc, content: odd_tensors(fc.state_dict()),
    ),
    _file(
        'weights of classes',
        saved(_WEIGHTS),
        _familiarity,
        damaged_checkpoint(_WEIGHTS),
        lambda head: head.dense.weight.detach().sum() == 8,
        lambda head, content: odd_tensors(head.state_dict()),
    ),
    *(
        _file(
            f'CLIP, {which} tower',
            saved(dict(state_dict=_STATE)),
            lambda path, which=which: _fit(path, which),
            damaged_checkpoint(dict(state_dict=_STATE)),
            lambda value: value[0].state and value[0].quick_gelu is None,
            odd_clip,
        )
        for which in ('vision', 'text')
    ),
    _file(
        'CLIP, image tower of .safetensors',
        save(_VISION),
        lambda path: _fit(path, 'vision'),
        damaged_safetensors(_VISION),
        lambda value: 'conv1.weight' in value[0].state,
        odd_clip,
        'file.safetensors',
    ),
    _file(
        "MMPretrain's CLIP, image tower",
        save(_MMPRETRAIN),
        lambda path: _fit(path, 'vision'),
        damaged_safetensors(_MMPRETRAIN),
        lambda value: torch.equal(value[0].state['conv1.weight'], _VISION['visual.conv1.weight']),
        odd_clip,
        'file.safetensors',
    ),
    _file(
        "OpenAI's CLIP, a program",
        _SCRIPTED,
        lambda path: _fit(path, 'vision'),
        damaged_bytes(_SCRIPTED),
        lambda value: value[0].quick_gelu is True,
        odd_clip,
        'file.pt',
    ),
    *(
        _conversion(
            f'release, {stage}',
            saved(_release(model)),
            convert_release,
            damaged_checkpoint(_release(model), ('model',)),
            lambda value, stage=stage: value[0].kind.startswith(stage),
        )
        for stage, model in (('stage 1', stage1_model(_CLIP)), ('stage 2', stage2_model(_CLIP)))
    ),
    _conversion(
        'export to open_clip',
        saved(dict(state_dict=_CVLP)),
        export_open_clip,
        damaged_checkpoint(dict(state_dict=_CVLP)),
        lambda value: {*value[1]} == {*_STATE},
    ),
]
