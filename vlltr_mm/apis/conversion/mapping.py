"""State dicts of other programs by our names, and ours by open_clip's."""

import torch
from torch import Tensor

from ...models.backbones.openclip.shapes import expected_tower
from ...models.backbones.openclip.towers import build_tower, clip_config
from ...models.backbones.openclip.weights import TEXT_KEYS, as_single, state_problems
from ...models.heads import LGRHead
from .report import ConversionReport

_STAGE2 = ('text_embeddings', 'text_block.')
# The release's head → LGRHead's.
_HEAD = {
    'text_block.attn.norm1q.': 'norm_q.',
    'text_block.attn.norm1k.': 'norm_k.',
    'text_block.attn.wq.': 'proj_q.',
    'text_block.attn.wk.': 'proj_k.',
    'text_block.visual_fc.': 'visual_mlp.',
    'text_embeddings': 'anchor_feats',
    'logit_scale': 'logit_scale',
}
_TUNERS = ('vision_backbone.tuner.', 'text_backbone.tuner.', 'backbone.tuner.')
_TEXT = 'text_backbone.text.'
_TOWERS = {'vision_backbone.visual.': 'visual.', _TEXT: ''}
_RECORD = 'uses_quick_gelu'
State = dict[str, Tensor]


def map_release(tensors: State, teacher: State | None = None) -> tuple[State, ConversionReport]:
    """Rename what the first VL-LTR release wrote, of either stage.

    The release starts from OpenAI's CLIP, so its transformers have QuickGELU.

    Args:
        tensors (dict): the release's ``model``.
        teacher (dict, optional): the frozen CLIP of stage 1 by the release's
            names, which its files lack. Defaults to None, no teacher.

    Returns:
        tuple[dict, ConversionReport]: the state dict of ``CVLP``, or of an
        ``ImageClassifier`` with ``OpenCLIPVisionBackbone`` and ``LGRHead``.

    Raises:
        ValueError: if names or shapes are not the release's.
    """
    if any(key.startswith(_STAGE2) for key in tensors):
        return _map_stage2(tensors)
    expected = _expected_clip(tensors)
    _check(tensors, expected, 'a stage-1 file')
    report = ConversionReport('stage 1 of the VL-LTR release')
    state = _cvlp_state(tensors, report)
    if teacher is not None:
        _check(teacher, expected, "this model's teacher")
        copied = _cvlp_state(teacher, ConversionReport(''))
        state.update((f'teacher.{k}', v) for k, v in copied.items())
        why = 'a copy of the weights themselves' if teacher is tensors else 'the given teacher'
        report.invented.update((f'teacher.{k}', why) for k in copied)
    return state, report


def _map_stage2(tensors: State) -> tuple[State, ConversionReport]:
    """Rename a stage-2 file."""
    _check(tensors, _expected_stage2(tensors), 'a stage-2 file')
    report = ConversionReport('stage 2 of the VL-LTR release')
    state = {}
    for key, value in tensors.items():
        start = next((s for s in _HEAD if key.startswith(s)), None)
        new = f'head.{_HEAD[start]}{key[len(start) :]}' if start else f'backbone.{key}'
        state[new], report.mapped[key] = as_single(value), new
    # A sentence that is not there is stored as a row of zeros.
    mask = (tensors['text_embeddings'] != 0).any(dim=2)  # (C, M)
    bare = (~mask.any(dim=1)).nonzero().flatten().tolist()
    if bare:
        raise ValueError(
            f'text_embeddings has nothing but zeros for {len(bare)} of {len(mask)} classes (first: '
            f'{bare[0]}); every class needs a sentence.'
        )
    state['head.anchor_mask'] = mask
    report.invented['head.anchor_mask'] = 'rows of text_embeddings that are not all zero'
    _record_gelu(state, 'backbone.', report)
    _add_counters(state, report)
    return state, report


def _cvlp_state(tensors: State, report: ConversionReport) -> State:
    """Rename a whole CLIP to CVLP's names."""
    state = {}
    for key, value in tensors.items():
        new = (
            f'vision_backbone.{key}'
            if key.startswith('visual.')
            else key
            if key == 'logit_scale'
            else f'text_backbone.text.{key}'
        )
        state[new], report.mapped[key] = as_single(value), new
    _record_gelu(state, 'vision_backbone.', report)
    _record_gelu(state, 'text_backbone.', report)
    _add_counters(state, report)
    return state


def _record_gelu(state: State, backbone: str, report: ConversionReport):
    """Record QuickGELU for a transformer; CLIP's ResNet has no activation."""
    if any(key.startswith(backbone) and '.transformer.' in key for key in state):
        state[backbone + _RECORD] = torch.tensor(True)
        report.invented[backbone + _RECORD] = "True, OpenAI's activation"


def _add_counters(state: State, report: ConversionReport):
    """Add BatchNorm's counters, which older files lack."""
    for key in [k for k in state if k.endswith('.running_mean')]:
        counter = key.replace('running_mean', 'num_batches_tracked')
        if counter not in state:
            state[counter] = torch.tensor(0)
            report.invented[counter] = '0'


def map_to_open_clip(
    tensors: State, arch: str | dict | None = None
) -> tuple[State, ConversionReport]:
    """Rename our weights to open_clip's names.

    Args:
        tensors (dict): the state dict of ``CVLP``, or of an
            ``ImageClassifier`` with ``OpenCLIPVisionBackbone``.
        arch (str | dict, optional): the towers' architecture. Defaults to
            None: CLIP's own, whose sizes follow from the tensors.

    Returns:
        tuple[dict, ConversionReport]: the state dict of open_clip's model,
        or, of a classifier, its image tower (``visual.*``).

    Raises:
        ValueError: if names or shapes are not ours, or not those of ``arch``;
            without it, if the tower is not CLIP's own ResNet or ViT.
    """
    tuned = [key for key in tensors if key.startswith(_TUNERS)]
    if tuned:
        raise ValueError(
            f'The towers are tuned ({len(tuned)} tensors of tuners, such as {tuned[0]}), for which '
            'open_clip has no place. Merge them first with tools/model_converters/merge_tuner.py. '
            'Nothing was written.'
        )
    known = None if arch is None else clip_config(arch)
    if known is not None and 'multimodal_cfg' in known:
        raise ValueError(
            f'arch={arch!r} has a text decoder, which our checkpoints lack; load its towers by '
            "the names 'visual.*' and 'text.*' of your own."
        )
    text = 'text.' if known and known.get('custom_text') else ''
    whole = any(key.startswith('vision_backbone.') for key in tensors)
    report = ConversionReport('a CVLP checkpoint' if whole else 'an ImageClassifier checkpoint')
    renamed = {}
    for key, value in tensors.items():
        new, why = _open_clip_name(key, whole, text)
        if why:
            report.dropped[key] = f'{why}, {bool(value)}' if key.endswith(_RECORD) else why
        else:
            renamed[new], report.mapped[key] = as_single(value), new
    try:
        if known is not None:
            expected = _expected_of(arch, text, whole)
        else:
            expected = _expected_clip(renamed) if whole else _tower(renamed, 'visual.', 'vision')
        _check(renamed, expected, report.kind if known is None else f'arch={arch!r}')
    except ValueError as error:
        hint = ' Towers of another kind need the name of their architecture (--arch).'
        raise ValueError(f'{error}{hint if known is None else ""}') from None
    if whole and known and 'init_logit_bias' in known:
        renamed['logit_bias'] = torch.tensor(0.0)
        report.invented['logit_bias'] = '0, a constant to the softmax of stage 1'
    _add_counters(renamed, report)
    return renamed, report


def _expected_of(arch: str | dict, text: str, whole: bool) -> State:
    """Return the tensors of an architecture's towers, by open_clip's names."""
    towers = {'visual.': 'vision', **({text: 'text'} if whole else {})}
    with torch.device('meta'):
        expected = {
            prefix + key: value
            for prefix, which in towers.items()
            for key, value in build_tower(arch, which).state_dict().items()
        }
        return dict(expected, logit_scale=torch.empty(())) if whole else expected


def _open_clip_name(key: str, whole: bool, text: str = '') -> tuple[str, str]:
    """Return (open_clip's name, why there is none)."""
    if key.endswith(_RECORD):
        return '', 'a choice of the architecture (force_quick_gelu)'
    if key.startswith('data_preprocessor.'):
        return '', 'not weights'
    if whole:
        if key.startswith('teacher.'):
            return '', "stage 1's teacher"
        start = next((s for s in _TOWERS if key.startswith(s)), '')
        return (text if start == _TEXT else _TOWERS.get(start, '')) + key[len(start) :], ''
    if key.startswith('backbone.visual.'):
        return key.removeprefix('backbone.'), ''
    return ('', "not CLIP's") if key.startswith(('head.', 'neck.')) else (key, '')


def _expected_clip(tensors: State) -> State:
    """Return the tensors of a CLIP with these towers, by open_clip's names."""
    expected = {
        **_tower(tensors, 'visual.', 'vision'),
        **_tower(tensors, '', 'text'),
        'logit_scale': torch.empty((), device='meta'),
    }
    dims = _embed_dims(expected), expected['text_projection'].shape[1]
    if dims[0] != dims[1]:
        raise ValueError(
            f'The image tower gives {dims[0]}-d and the text tower '
            f"{dims[1]}-d embeddings; a CLIP's are of one width."
        )
    return expected


def _tower(tensors: State, prefix: str, which: str) -> State:
    """Return the tensors of one tower."""
    own = {
        key[len(prefix) :]: value
        for key, value in tensors.items()
        if key.startswith(prefix or TEXT_KEYS)
    }
    try:
        expected = expected_tower(own, which)
    except ValueError as error:
        raise ValueError(
            f'The weights are not those of a CLIP: {error}. Some names: '
            f'{sorted(tensors)[:5]}. Nothing was written.'
        ) from None
    return {prefix + key: value for key, value in expected.items()}


def _expected_stage2(tensors: State) -> State:
    """Return the tensors of a stage-2 file with this tower and these anchors."""
    tower = _tower(tensors, 'visual.', 'vision')
    anchors = tensors.get('text_embeddings')
    if anchors is None or anchors.ndim != 3:
        found = anchors if anchors is None else tuple(anchors.shape)
        raise ValueError(
            'A stage-2 file needs text_embeddings of the shape (C, M, D); '
            f'its text_embeddings are {found}.'
        )
    with torch.device('meta'):
        head = LGRHead(len(anchors), _embed_dims(tower), num_anchors=anchors.shape[1])
    names = {ours: theirs for theirs, ours in _HEAD.items()}
    for key, value in head.state_dict().items():
        start = next((s for s in names if key.startswith(s)), None)
        if start:
            tower[names[start] + key[len(start) :]] = value
    return tower


def _embed_dims(tensors: State) -> int:
    """Return the width of the image embedding."""
    if 'visual.proj' in tensors:
        return tensors['visual.proj'].shape[1]
    return len(tensors['visual.attnpool.c_proj.weight'])


def _check(tensors: State, expected: State, what: str):
    """Refuse what a strict load would refuse."""
    problems = state_problems(expected, tensors, shown=20)
    if problems:
        raise ValueError(
            f'The names or shapes are not those of {what}: {problems}. Nothing was written.'
        )
