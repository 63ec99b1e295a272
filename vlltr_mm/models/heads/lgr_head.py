"""Stage 2: the language-guided recognition head."""

import math

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from .anchor_head import AnchorHead
from .batch_losses import batch_accuracies, batch_losses
from .text_classes import add_language_shares, check_trainable, trained_classes


def _log(weight: float) -> float:
    return math.log(weight) if weight else -math.inf


@MODELS.register_module()
class LGRHead(AnchorHead):
    """Recognise by the image and by the text that it attends to.

    The visual branch is an MLP on the image embedding x, the language branch
    is ``language_branch``. Both are trained by cross entropy; the score is
    w·softmax(visual) + (1 − w)·softmax(language). Source: VL-LTR (arXiv
    2111.13579).

    The arguments that are not listed here are those of ``AnchorHead``.

    Args:
        visual_weight (float): w. The paper's formula has 0.5. Defaults to
            0.5.
        loss (dict, optional): of each branch. Defaults to None, which stands
            for ``dict(type='CrossEntropyLoss', use_soft=True)``.
        num_text_classes (int): K, how many classes at the end have text
            alone; what stands for softmax(visual) then is in
            ``add_language_shares``. Defaults to 0.
        **kwargs: ``embed_dims``, ``anchor_dtype``, ``text_prior``, ``topk``,
            ``cal_acc`` and ``init_cfg`` of ``AnchorHead``.

    Raises:
        ValueError: if ``visual_weight`` is not in [0, 1]; see also
            ``AnchorHead``.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_anchors: int = 64,
        anchors: str | None = None,
        logit_scale: float | None = None,
        visual_weight: float = 0.5,
        detach_norm: bool = False,
        loss: dict | None = None,
        num_text_classes: int = 0,
        **kwargs,
    ):
        if not 0 <= visual_weight <= 1:
            raise ValueError(f'visual_weight is {visual_weight}; give a value in [0, 1].')
        visual_mlp = nn.Sequential(
            nn.Linear(in_channels, 4 * in_channels),
            nn.ReLU(),
            nn.Linear(4 * in_channels, trained_classes(num_classes, num_text_classes)),
        )
        loss = loss or dict(type='CrossEntropyLoss', use_soft=True)
        args = (num_classes, in_channels, num_anchors, anchors, logit_scale, detach_norm, loss)
        super().__init__(visual_mlp, *args, num_text_classes=num_text_classes, **kwargs)
        self.visual_weight = visual_weight

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return log(w·softmax(visual) + (1 − w)·softmax(language)), (N, C).

        Its softmax, which ``predict`` takes, is the fused score itself.
        """
        return self._fuse(*self.branch_logits(feats))

    def _add_text_classes(self, visual: Tensor, language: Tensor) -> Tensor:
        return add_language_shares(visual, language) if self.num_text_classes else visual

    def _fuse(self, visual: Tensor, language: Tensor) -> Tensor:
        """Compute the log of the score from the logits of the branches, (N, C) each."""
        dtype = torch.promote_types(language.dtype, torch.float32)
        return torch.logaddexp(
            F.log_softmax(visual, dim=1, dtype=dtype) + _log(self.visual_weight),
            F.log_softmax(language, dim=1, dtype=dtype) + _log(1 - self.visual_weight),
        )

    def branch_scores(self, feats: tuple[Tensor]) -> tuple[Tensor, Tensor]:
        """Return softmax(visual) and softmax(language), (N, C) each."""
        visual, language = self.branch_logits(feats)
        return F.softmax(visual, dim=1), F.softmax(language, dim=1)

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs) -> dict:
        """Compute the loss of each branch.

        Args:
            feats (tuple[Tensor]): the last is x (N, in_channels).
            data_samples (list[DataSample]): with ``gt_label``, or
                ``gt_score`` (C,) from batch augmentations.

        Returns:
            dict: ``loss_visual`` and ``loss_language``; with ``cal_acc`` also
            ``accuracy_top-k`` of the fused score, for each k of ``topk``.

        Raises:
            ValueError: if ``cal_acc`` meets labels of batch augmentations, or
                classes have text alone.
        """
        check_trainable(self.num_text_classes, self.num_classes)
        visual, language = self.branch_logits(feats)
        branches = dict(loss_visual=visual, loss_language=language)
        losses = batch_losses(self.loss_module, branches, data_samples, **kwargs)
        if self.cal_acc:
            losses.update(batch_accuracies(self._fuse(visual, language), data_samples, self.topk))
        return losses
