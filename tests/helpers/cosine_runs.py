"""Runs of seconds with a cosine classifier on a ViT of CLIP's, in a folder."""

import open_clip
import torch
from clip_files import write_bare_state_dict
from mmengine.config import Config
from mmengine.runner import Runner
from tiny_heads import head_config
from tiny_runs import COUNTS

ARCH = dict(
    embed_dim=16,
    vision_cfg=dict(image_size=48, patch_size=12, layers=2, width=32, head_width=16),
    text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1),
    quick_gelu=True,
)
PROMPTS = ['a photo of a {}.', 'a drawing of the {}.']


def write_clip(root):
    """Write a CLIP of ``ARCH`` with weights of no pattern; return its path."""
    path = root / 'vit.pt'
    if not path.exists():
        with torch.random.fork_rng():
            torch.manual_seed(5)
            clip = open_clip.CLIP(**ARCH)
            for tensor in clip.parameters():
                tensor.data += 0.1 * torch.randn_like(tensor)
            write_bare_state_dict(path, clip)
    return str(path)


def text_hook(root, templates=PROMPTS, **kwargs):
    """Return the config of a ``TextClassifierInitHook``."""
    corpus = dict(
        sources=[dict(type='PromptTemplates', templates=templates)], cache_dir=str(root / 'cache')
    )
    return dict(type='TextClassifierInitHook', corpus=corpus, num_workers=0, **kwargs)


def cosine_config(root, hooks=(), head=None, **backbone):
    """Return the config of a run of two epochs; ``head`` and ``backbone`` change their parts."""
    own = dict(
        type='CosineLinearClsHead',
        num_classes=4,
        in_channels=32,
        scale=25.0,
        loss=dict(type='LogitAdjustedLoss', class_counts=list(COUNTS)),
    )
    cfg = head_config(root, dict(own, **(head or {})), hooks)
    tower = dict(
        type='OpenCLIPVisionBackbone',
        arch=ARCH,
        pretrained=write_clip(root),
        frozen=True,
        out_type='cls_token',
    )
    # Not update(), which would merge.
    content = cfg._cfg_dict.to_dict()
    content['model'].update(backbone=dict(tower, **backbone), train_cfg=None)
    content['train_dataloader']['sampler'] = dict(type='DefaultSampler', shuffle=True)
    content['optim_wrapper'] = dict(
        type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4)
    )
    content['default_hooks']['checkpoint']['max_keep_ckpts'] = -1
    content['param_scheduler'] = dict(type='CosineAnnealingLR', T_max=2)
    return Config(content, filename=cfg.filename)


def cosine_runner(*args, **kwargs):
    """Build the runner of ``cosine_config``."""
    return Runner.from_cfg(cosine_config(*args, **kwargs))
