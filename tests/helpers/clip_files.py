"""Tiny CLIPs, and their files in every form that CLIP weights come in."""

import copy
import warnings

import open_clip
import torch
from safetensors.torch import save_file
from torch import nn

from vlltr_mm.models import OpenCLIPTextBackbone, OpenCLIPVisionBackbone

SIZES = dict(vit=32, resnet=64)
TOLERANCE = dict(atol=2e-5)  # of embeddings up to 4, summed in another order
_TEXT = dict(context_length=77, vocab_size=64, width=16, heads=2, layers=2)
_VISION = dict(
    resnet=dict(image_size=64, layers=(1, 1, 1, 1), width=8, head_width=32),
    vit=dict(image_size=32, patch_size=8, layers=2, width=32, head_width=16),
)
_TEXT_MODULES = (
    'transformer',
    'token_embedding',
    'positional_embedding',
    'ln_final',
    'text_projection',
)


def tiny_arch(kind='vit'):
    """Return the architecture of a tiny CLIP: 'vit' (32 px) or 'resnet' (64)."""
    return dict(embed_dim=16, vision_cfg=dict(_VISION[kind]), text_cfg=dict(_TEXT))


def tiny_clip(kind='vit', quick_gelu=False, seed=0):
    """Build open_clip's whole model, in eval, with weights of no pattern.

    Every weight is exact in float16.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        clip = open_clip.CLIP(quick_gelu=quick_gelu, **tiny_arch(kind)).eval()
        for tensor in clip.state_dict().values():
            if tensor.is_floating_point():
                tensor += 0.3 * torch.rand_like(tensor)
    return clip.half().float()


class _OpenAIClip(nn.Module):
    """OpenAI's layout: three numbers beside the weights."""

    def __init__(self, clip):
        super().__init__()
        for name in ('visual', 'logit_scale', *_TEXT_MODULES):
            setattr(self, name, getattr(clip, name))
        for name, value in (('input_resolution', 32), ('context_length', 77), ('vocab_size', 64)):
            self.register_buffer(name, torch.tensor(value))

    def forward(self, image):
        return self.visual(image)


def write_openai(path, clip):
    """Write a float16 TorchScript archive, as OpenAI's are."""
    size = clip.visual.image_size
    size = size if isinstance(size, int) else size[0]
    holder = _OpenAIClip(copy.deepcopy(clip)).eval()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        scripted = torch.jit.trace(holder, torch.zeros(1, 3, size, size), check_trace=False)
    scripted.half().save(str(path))


def write_state_dict(path, clip):
    """Write what open_clip's training writes: nested, from under DDP."""
    state = {f'module.{k}': v for k, v in clip.state_dict().items()}
    torch.save(dict(epoch=3, name='tiny', state_dict=state), path)


def write_bare_state_dict(path, clip):
    """Write a state dict alone."""
    torch.save(clip.state_dict(), path)


def write_safetensors(path, clip):
    """Write a state dict alone, as ``.safetensors``."""
    save_file(clip.state_dict(), path)


def write_stage1(path, clip, quick_gelu=None):
    """Write what a stage-1 run writes, its teacher (of zeros) included."""
    state = dict(logit_scale=clip.logit_scale.detach())
    for key, value in clip.state_dict().items():
        name = (
            f'vision_backbone.{key}' if key.startswith('visual.') else f'text_backbone.text.{key}'
        )
        if key != 'logit_scale':
            state[name] = value
            state[f'teacher.{name}'] = torch.zeros_like(value)
    if quick_gelu is not None:
        for name in ('vision_backbone', 'text_backbone'):
            state[f'{name}.uses_quick_gelu'] = torch.tensor(quick_gelu)
    torch.save(dict(meta=dict(epoch=2), state_dict=state), path)


def write_classifier(path, clip):
    """Write what an ImageClassifier's run writes."""
    state = {f'backbone.{k}': v for k, v in clip.state_dict().items() if k.startswith('visual.')}
    state['head.logit_scale'] = torch.tensor(0.0)
    torch.save(dict(meta=dict(epoch=2), state_dict=state), path)


WRITERS = dict(
    openai=('clip.pt', write_openai),
    open_clip=('clip.pt', write_state_dict),
    bare=('open_clip_pytorch_model.bin', write_bare_state_dict),
    safetensors=('clip.safetensors', write_safetensors),
    stage1=('epoch_2.pth', write_stage1),
    classifier=('epoch_2.pth', write_classifier),
)


def tiny_tokens(lengths=(5, 12, 9), width=77, seed=0):
    """Make sentences (len(lengths), width) int64: start, words, end, zeros."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.zeros(len(lengths), width, dtype=torch.long)
    for row, length in zip(tokens, lengths):
        row[:length] = torch.randint(1, 60, (length,), generator=generator)
        row[0], row[length - 1] = 62, 63
    return tokens


def vision(kind='vit', **kwargs):
    """Build the image tower of a tiny CLIP."""
    return OpenCLIPVisionBackbone(tiny_arch(kind), **kwargs)


def text(**kwargs):
    """Build the text tower of a tiny CLIP."""
    return OpenCLIPTextBackbone(tiny_arch(), **kwargs)


def images(kind='vit', n=2, size=None):
    """Draw images (n, 3, size, size), by default of the tower's input size."""
    size = size or SIZES[kind]
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, 3, size, size, generator=generator)
