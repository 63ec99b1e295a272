"""Anchors of a few classes, some of them padded, and heads that have them."""

import torch
from mmpretrain.structures import DataSample

from vlltr_mm.models import LGRHead
from vlltr_mm.structures import AnchorSet

C, M, D = 3, 4, 6  # classes, anchors of a class, width


def make_anchors(classes=C, anchors=M, dims=D):
    """Return features and mask; the first class has two anchors."""
    generator = torch.Generator().manual_seed(3)
    mask = torch.ones(classes, anchors, dtype=torch.bool)
    mask[0, 2:] = False
    return torch.randn(classes, anchors, dims, generator=generator), mask


def make_head(kind=LGRHead, **kwargs):
    """Build a head with these anchors and log s = 1.5."""
    torch.manual_seed(0)
    head = kind(**{**dict(num_classes=C, in_channels=D, num_anchors=M), **kwargs})
    head.set_anchors(*make_anchors(), 1.5)
    return head


def save_anchors(path, **kwargs):
    """Write an anchors file with log s = 0.75; return its path."""
    feats, mask = make_anchors(**kwargs)
    losses, ids = torch.zeros(2, *mask.shape).unbind()
    classes = [str(i) for i in range(len(mask))]
    AnchorSet(feats, mask, losses, ids, 0.75, classes).save(str(path))
    return str(path)


def samples(labels):
    """Return a sample for each label."""
    return [DataSample().set_gt_label(label) for label in labels]
