"""Do anchors fit a head?"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...utils.validation import check_tensor

NO_ANCHORS = (
    '{} has no anchors. `python tools/train.py CONFIG` runs the stage '
    'that writes them where they are missing; `python tools/select_anchors.py'
    '` makes them from a stage-1 checkpoint; set_anchors() takes tensors.'
)
_DTYPES = {None: torch.float32, 'float16': torch.float16, 'bfloat16': torch.bfloat16}


def find_anchor_dtype(name: str | None) -> torch.dtype:
    """Return the dtype that anchors are stored in.

    Args:
        name (str, optional): 'float16', 'bfloat16', or None for float32.

    Raises:
        ValueError: if it is another one.
    """
    if name not in _DTYPES:
        raise ValueError(f"anchor_dtype is {name!r}; give 'float16', 'bfloat16' or None.")
    return _DTYPES[name]


def check_anchors(feats: Tensor, mask: Tensor, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Check anchors before a head takes them.

    Args:
        feats (Tensor): (C, M', D), raw text embeddings, M' ≤ M.
        mask (Tensor): (C, M'), True = real.
        shape (Sequence[int]): C, M and D of the head.

    Returns:
        tuple[Tensor, Tensor]: the anchors (C, M, D), 0 where padded, and the
        mask (C, M) as bool.

    Raises:
        ValueError: if a shape does not fit, a class has no anchor, or an
            anchor is not finite.
    """
    num_classes, num_anchors, dims = shape
    mask = mask.bool()
    if (
        feats.ndim != 3
        or mask.shape != feats.shape[:2]
        or (len(feats), feats.shape[2]) != (num_classes, dims)
        or feats.shape[1] > num_anchors
    ):
        raise ValueError(
            f'The anchors are {tuple(feats.shape)} with a mask {tuple(mask.shape)}; the head '
            f'takes ({num_classes}, up to {num_anchors}, {dims}). Correct num_classes, '
            'num_anchors or embed_dims, or select anchors for this data set.'
        )
    bare = (~mask.any(dim=1)).nonzero().flatten().tolist()
    if bare:
        raise ValueError(
            f'Class {bare[0]} has no anchor ({len(bare)} of '
            f'{num_classes} classes have none); give it sentences.'
        )
    feats = feats.masked_fill(~mask.unsqueeze(2), 0)
    check_tensor(feats, 'feats of the anchors', axes=3)
    lacking = num_anchors - feats.shape[1]
    return F.pad(feats, (0, 0, 0, lacking)), F.pad(mask, (0, lacking))
