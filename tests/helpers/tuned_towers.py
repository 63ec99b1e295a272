"""Tiny towers of every kind, with and without a tuner."""

import copy

import torch
from clip_files import images, text, tiny_arch, tiny_tokens, vision

from vlltr_mm.models import OpenCLIPVisionBackbone

TUNERS = dict(
    adaptformer=dict(type='AdaptFormer', bottleneck=4),
    lora=dict(type='LoRA', bottleneck=4),
    bias=dict(type='BiasTuner'),
    norm=dict(type='BiasTuner', norm_weights=True),
)
_TIMM = dict(timm_vit=('test_vit', 160), timm_cnn=('test_efficientnet', 64))
KINDS = ('vit', 'text', 'resnet', *_TIMM)
# Every tuner with every tower that it works on.
PAIRS = [
    (kind, tuner)
    for kind in KINDS
    for tuner in TUNERS
    if kind not in ('resnet', 'timm_cnn') or tuner in ('bias', 'norm')
]


def tower(kind, tuner=None, **kwargs):
    """Build a tiny tower; a tuner by its name here."""
    torch.manual_seed(0)
    kwargs['tuner'] = copy.deepcopy(TUNERS[tuner]) if tuner else None
    if kind == 'text':
        return text(**kwargs)
    if kind != 'vit':
        kwargs.setdefault('norm_eval', True)
    if kind not in _TIMM:
        return vision(kind, **kwargs)
    name, size = _TIMM[kind]
    cfg = dict(timm_model_name=name, timm_pool='avg', timm_proj='linear', image_size=size)
    return OpenCLIPVisionBackbone(dict(tiny_arch(), vision_cfg=cfg), **kwargs)


def inputs(kind, n=3):
    """Make a batch for it; of the large images of timm one."""
    if kind == 'text':
        return tiny_tokens(lengths=(5, 12, 9, 7, 20, 3)[:n])
    return images(n=1, size=_TIMM[kind][1]) if kind in _TIMM else images(kind, n=n)


def twins(kind, tuner, **kwargs):
    """Build a tower without a tuner and the same one with it."""
    plain, tuned = tower(kind), tower(kind, tuner, **kwargs)
    with torch.no_grad():
        for tensor in plain.parameters():
            tensor.add_(0.1 * torch.randn(tensor.shape))
    own = tuned.state_dict()
    tuned.load_state_dict({**own, **plain.state_dict()})
    return plain, tuned


def move(tuned, size=0.1, seed=0):
    """Move what is trained away from its start; return the tower."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in tuned.tuner.parameters():
            tensor.add_(size * torch.randn(tensor.shape, generator=generator))
    return tuned
