"""Stage 2: the language-guided recognition head."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from mmpretrain.evaluation.metrics import Accuracy
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from .anchor_head import AnchorHead


def language_branch(
    x: Tensor,
    anchors: Tensor,
    mask: Tensor,
    norm_q: Callable,
    norm_k: Callable,
    proj_q: Callable,
    proj_k: Callable,
    detach_norm: bool = False,
) -> tuple[Tensor, Tensor]:
    """Attend from images to the anchors of every class, and compare.

    q = W_q·LN_q(x), k_m = W_k·LN_k(E_m), a = softmax over the real anchors of
    q·k_m/√D, G = Σ_m a_m·E_m; the language logit is s·cos(x, G). Source:
    VL-LTR (arXiv 2111.13579).

    This is the definition. The head computes the same numbers with
    ``blocked_attention``, which needs no (N, C, D) tensor; tests and
    benchmarks compare the two.

    Args:
        x (Tensor): the images in the text space, (N, D), any norm.
        anchors (Tensor): E (C, M, D), raw.
        mask (Tensor): (C, M) bool, True = real; each class has one.
        norm_q (Callable): LN_q. ``norm_k``, ``proj_q`` and ``proj_k`` are
            LN_k, W_q and W_k.
        detach_norm (bool): no gradient through the norm of G. Defaults to
            False.

    Returns:
        tuple[Tensor, Tensor]: the attention a (N, C, M) and the cosines
        (N, C).
    """
    anchors = anchors.to(x.dtype)
    query, keys = proj_q(norm_q(x)), proj_k(norm_k(anchors))  # (N, D), (C, M, D)
    score = torch.einsum('nd,cmd->ncm', query, keys) / x.shape[1] ** 0.5
    attention = score.masked_fill(~mask, -math.inf).softmax(dim=2)
    text = torch.einsum('ncm,cmd->ncd', attention, anchors)
    norm = text.norm(dim=2).clamp(min=1e-6)
    if detach_norm:
        norm = norm.detach()
    return attention, torch.einsum('nd,ncd->nc', F.normalize(x, dim=1), text) / norm


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
        **kwargs: ``embed_dims``, ``anchor_dtype``, ``topk``, ``cal_acc`` and
            ``init_cfg`` of ``AnchorHead``.

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
        **kwargs,
    ):
        if not 0 <= visual_weight <= 1:
            raise ValueError(f'visual_weight is {visual_weight}; give a value in [0, 1].')
        visual_mlp = nn.Sequential(
            nn.Linear(in_channels, 4 * in_channels),
            nn.ReLU(),
            nn.Linear(4 * in_channels, num_classes),
        )
        loss = loss or dict(type='CrossEntropyLoss', use_soft=True)
        args = (num_classes, in_channels, num_anchors, anchors, logit_scale, detach_norm, loss)
        super().__init__(visual_mlp, *args, **kwargs)
        self.visual_weight = visual_weight

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return log(w·softmax(visual) + (1 − w)·softmax(language)), (N, C).

        Its softmax, which ``predict`` takes, is the fused score itself.
        """
        return self._fuse(*self.branch_logits(feats))

    def _fuse(self, visual: Tensor, language: Tensor) -> Tensor:
        """Compute the log of the score from the logits of the branches, (N, C) each."""
        dtype = torch.promote_types(language.dtype, torch.float32)
        return torch.logaddexp(
            F.log_softmax(visual, dim=1, dtype=dtype) + _log(self.visual_weight),
            F.log_softmax(language, dim=1, dtype=dtype) + _log(1 - self.visual_weight),
        )

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
            ValueError: if ``cal_acc`` meets labels of batch augmentations.
        """
        mixed = 'gt_score' in data_samples[0]
        if mixed:
            target = torch.stack([s.gt_score for s in data_samples])
        else:
            labels = target = torch.cat([s.gt_label for s in data_samples])
            if getattr(self.loss_module, 'use_soft', False):
                target = F.one_hot(target, self.num_classes).float()
        visual, language = self.branch_logits(feats)
        kwargs = dict(avg_factor=len(visual), **kwargs)
        losses = dict(
            loss_visual=self.loss_module(visual, target, **kwargs),
            loss_language=self.loss_module(language, target, **kwargs),
        )
        if self.cal_acc:
            if mixed:
                raise ValueError(
                    'cal_acc is True, but the batch augmentations of model.train_cfg (Mixup, '
                    'CutMix) leave no image a class of its own; leave one of the two out.'
                )
            losses.update(self._accuracies(self._fuse(visual, language).detach(), labels))
        return losses

    def _accuracies(self, scores: Tensor, labels: Tensor) -> dict:
        """Compute the accuracies that ``ClsHead`` logs in training."""
        topk = (self.topk,) if isinstance(self.topk, int) else tuple(self.topk)
        # No threshold: the scores are logarithms, and so below 0.
        found = Accuracy.calculate(scores, labels, topk=topk, thrs=(None,))
        return {f'accuracy_top-{k}': value for k, value in zip(topk, found)}
