"""The two losses of stage 1."""

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_number
from .gather import check_equal_rows, gather_rows


def _similarities(
    image_feats: Tensor, text_feats: Tensor, scale: Tensor | float
) -> tuple[Tensor, Tensor]:
    """Compare own images with all texts, and own texts with all images.

    Returns:
        tuple[Tensor, Tensor]: s·cos, two (B, B·ranks) in float32 at least.
    """
    with torch.autocast(image_feats.device.type, enabled=False):
        image = F.normalize(_at_least_float(image_feats), dim=1)
        text = F.normalize(_at_least_float(text_feats), dim=1)
        return (scale * image @ gather_rows(text).T, scale * text @ gather_rows(image).T)


def _at_least_float(feats: Tensor) -> Tensor:
    return feats if feats.dtype == torch.float64 else feats.float()


def contrastive_distill_loss(
    image_feats: Tensor,
    text_feats: Tensor,
    teacher_image_feats: Tensor,
    teacher_text_feats: Tensor,
    logit_scale: Tensor | float,
    teacher_logit_scale: Tensor | float,
) -> Tensor:
    """Keep image-text similarities near those of a frozen teacher: L_dis.

    The cross entropy from the teacher's softmax over the batch to the
    student's, image to text and text to image, averaged; no further
    temperature. Source: VL-LTR (arXiv 2111.13579).

    Under ``torch.distributed`` each rank returns the mean of its own rows;
    the mean over the ranks is the loss of the global batch.

    Args:
        image_feats (Tensor): the student's, (B, D), any norm.
        text_feats (Tensor): the student's, (B, D).
        teacher_image_feats (Tensor): (B, D'); gets no gradient.
        teacher_text_feats (Tensor): (B, D'); gets no gradient.
        logit_scale (Tensor | float): the student's plain scale
            s = exp(logit_scale), not its logarithm.
        teacher_logit_scale (Tensor | float): the teacher's own, plain too.

    Returns:
        Tensor: scalar.

    Raises:
        ValueError: if the batches do not fit together, here or over ranks.

    Examples:
        >>> feats = torch.eye(2)
        >>> loss = contrastive_distill_loss(feats, feats, feats, feats, 0., 5.)
        >>> round(float(loss), 4)  # a student that cannot tell: log 2
        0.6931
    """
    shapes = [
        tuple(feats.shape)
        for feats in (image_feats, text_feats, teacher_image_feats, teacher_text_feats)
    ]
    if shapes[0] != shapes[1] or shapes[2] != shapes[3] or shapes[0][0] != shapes[2][0]:
        raise ValueError(
            f'image_feats and text_feats are {shapes[0]} and {shapes[1]}, the '
            f"teacher's {shapes[2]} and {shapes[3]}; they must be (B, D) "
            "twice and (B, D') twice: embed the same batch with both."
        )
    check_equal_rows(image_feats)
    student = _similarities(image_feats, text_feats, logit_scale)
    with torch.no_grad():
        teacher = _similarities(teacher_image_feats, teacher_text_feats, teacher_logit_scale)
    return (
        sum(F.cross_entropy(own, other.softmax(dim=1)) for own, other in zip(student, teacher)) / 2
    )


@MODELS.register_module()
class ClassWiseContrastiveLoss(nn.Module):
    """Match every image with every sentence of its class: L_ccl.

    Row i of the target is 1 where the labels agree, divided by the row's
    sum, then smoothed over the batch axis. Cross entropy image to text and
    text to image, averaged. Source: VL-LTR (arXiv 2111.13579); the
    smoothing is the first implementation's.

    Under ``torch.distributed`` each rank returns the mean of its own rows;
    the mean over the ranks is the loss of the global batch. All ranks need
    batches of one size (``drop_last=True``).

    Args:
        label_smooth (float): c of (1 − c)·target + c/B. Defaults to 0.1.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if ``label_smooth`` is not in [0, 1), or ``loss_weight``
            no finite number >= 0.

    Examples:
        >>> loss = ClassWiseContrastiveLoss(label_smooth=0.)
        >>> feats, labels = torch.eye(2), torch.tensor([0, 1])
        >>> round(float(loss(feats, feats, labels, 0.)), 4)  # log 2
        0.6931
    """

    def __init__(self, label_smooth: float = 0.1, loss_weight: float = 1.0):
        super().__init__()
        if not 0 <= label_smooth < 1:
            raise ValueError(f'label_smooth is {label_smooth}; give a value from 0 to below 1.')
        self.label_smooth = label_smooth
        self.loss_weight = check_number(loss_weight, 'loss_weight', 0)

    def forward(
        self, image_feats: Tensor, text_feats: Tensor, labels: Tensor, logit_scale: Tensor | float
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            image_feats (Tensor): (B, D), any norm.
            text_feats (Tensor): (B, D); row i belongs to image i.
            labels (Tensor): (B,) int64.
            logit_scale (Tensor | float): plain scale s = exp(logit_scale),
                not its logarithm.

        Returns:
            Tensor: scalar.

        Raises:
            ValueError: if the shapes do not fit together, or the ranks have
                batches of different sizes.
        """
        if image_feats.shape != text_feats.shape or labels.shape != image_feats.shape[:1]:
            raise ValueError(
                f'image_feats is {tuple(image_feats.shape)}, text_feats {tuple(text_feats.shape)} '
                f'and labels {tuple(labels.shape)}; they must be (B, D), (B, D), (B,).'
            )
        check_equal_rows(labels)
        by_image, by_text = _similarities(image_feats, text_feats, logit_scale)
        same = labels.unsqueeze(1) == gather_rows(labels).unsqueeze(0)
        target = same / same.sum(dim=1, keepdim=True).to(by_image.dtype)
        target = (1 - self.label_smooth) * target + self.label_smooth / target.shape[1]
        loss = (F.cross_entropy(by_image, target) + F.cross_entropy(by_text, target)) / 2
        return self.loss_weight * loss
