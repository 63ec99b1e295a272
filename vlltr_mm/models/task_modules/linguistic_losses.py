"""What anchor selection ranks sentences by, in blocks; needs nothing but torch."""

import torch
from torch import Tensor


def linguistic_losses(
    text_feats: Tensor,
    text_labels: Tensor,
    image_feats: Tensor,
    class_means: Tensor,
    logit_scale: float,
    block_size: int = 1024,
    image_block_size: int | None = None,
    product_dtype: torch.dtype | None = None,
) -> Tensor:
    """Compute L_lin of every sentence against all images.

    Source: VL-LTR (arXiv 2111.13579). The second term needs the mean feature
    of the sentence's class only, see ``AnSS``.

    Args:
        text_feats (Tensor): (S, D), unit norm.
        text_labels (Tensor): (S,) int64.
        image_feats (Tensor): (I, D), unit norm.
        class_means (Tensor): (C, D), the mean image feature of each class, in
            float32 at least.
        logit_scale (float): plain scale s = exp(logit_scale), not its
            logarithm.
        block_size (int): sentences compared at a time. Defaults to 1024.
        image_block_size (int, optional): images compared at a time. Defaults
            to None: 1024 on a CPU, 16384 elsewhere.
        product_dtype (torch.dtype, optional): of the products alone. Defaults
            to None, the features' type but float32 at least.

    Returns:
        Tensor: (S,), in float32 at least.
    """
    # In half precision a scale of 100 would cost the first decimal.
    dtype = torch.promote_types(image_feats.dtype, torch.float32)
    text_feats, image_feats = text_feats.to(dtype), image_feats.to(product_dtype or dtype)
    size = image_block_size or (1024 if text_feats.device.type == 'cpu' else 16384)
    losses = []
    for rows, labels in zip(text_feats.split(block_size), text_labels.split(block_size)):
        own = (rows * class_means[labels]).sum(dim=1)
        losses.append(_logsumexp(rows, image_feats, logit_scale, size) - logit_scale * own)
    return torch.cat(losses) if losses else text_feats.new_zeros(0)


def _logsumexp(rows: Tensor, image_feats: Tensor, logit_scale: float, size: int) -> Tensor:
    """Sum exp(s·rows·images) over all images, in blocks of them."""
    left = rows.to(image_feats.dtype)
    total = rows.new_full((len(rows),), float('-inf'))
    for images in image_feats.split(size):
        # Scaled last: cosines lose less in half precision than logits.
        logits = (left @ images.T).to(rows.dtype).mul_(logit_scale)
        total = torch.logaddexp(total, logits.logsumexp(dim=1))
    return total
