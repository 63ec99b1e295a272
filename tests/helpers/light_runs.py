"""A stage-2 run of a second whose tower and anchors come from files."""

from pathlib import Path

import clip_files
import torch
from tiny_anchors import make_anchors
from tiny_runs import CONFIGS, NAMES, write_data

from vlltr_mm.structures import AnchorSet

_CONFIG = """
_base_ = '{configs}/demo/vlltr_tiny-clip_shapes_lt.py'
work_dir = '{root}/work'
pretrain_config = None
pretrain_work_dir = None
train_cfg = dict(max_epochs=2, val_interval=2)
data_preprocessor = dict(num_classes=4)
default_hooks = dict(
    logger=dict(interval=1), checkpoint=dict(
        max_keep_ckpts=3, published_keys=['meta', 'state_dict'], trained_only={light}))
model = dict(
    backbone=dict(
        arch=dict(_delete_=True, **{arch}), img_size=48, frozen=True,
        pretrained='{root}/clip.pt'),
    head=dict(
        num_classes=4, in_channels=16, num_anchors=3, anchors='{root}/anchors.safetensors'))
train_dataloader = dict(
    batch_size=8, num_workers=0, persistent_workers=False, dataset=dict(data_root='{root}/data'))
val_dataloader = dict(
    num_workers=0, persistent_workers=False, dataset=dict(data_root='{root}/data'))
test_dataloader = val_dataloader
"""


def write_clip(path, seed=0, kind='vit'):
    """Write the weights of a tiny CLIP."""
    torch.save(clip_files.tiny_clip(kind, seed=seed).state_dict(), path)


def write_anchors(path, scale=1.0, tower=None):
    """Write anchors of the run's classes, of which the first has two."""
    feats, mask = make_anchors(classes=4, anchors=3, dims=16)
    feats = scale * feats * mask[..., None]
    losses, ids = torch.zeros(2, *mask.shape).unbind()
    classes = [name.replace('_', ' ') for name in NAMES]
    meta = {} if tower is None else dict(tower=tower)
    AnchorSet(feats, mask, losses, ids, 0.75, classes, meta).save(str(path))


def write_light_run(root, light=True, kind='vit'):
    """Write data, weights, anchors and config; return the config's path."""
    root = Path(root)
    write_data(root / 'data')
    write_clip(root / 'clip.pt', kind=kind)
    write_anchors(root / 'anchors.safetensors')
    path = root / 'run.py'
    arch = clip_files.tiny_arch(kind)
    path.write_text(_CONFIG.format(configs=CONFIGS, root=root, light=light, arch=arch))
    return str(path)
