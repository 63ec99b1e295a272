"""Rules by which the sentences of a class become its anchors."""

import torch
from mmpretrain.registry import TASK_UTILS
from torch import Tensor

from ...structures import FeatureBank
from ...utils.validation import check_int
from .linguistic_losses import linguistic_losses


def rank_by_score(scores: Tensor, labels: Tensor, num_classes: int, num_anchors: int) -> Tensor:
    """Take the smallest scores of each class, best first, ties in order.

    Args:
        scores (Tensor): (S,).
        labels (Tensor): (S,) int64.
        num_classes (int): C.
        num_anchors (int): M.

    Returns:
        Tensor: (C, M) int64 indices of sentences, -1 where a class has fewer.

    Examples:
        >>> rank_by_score(torch.tensor([3., 1., 2., 0.]),
        ...               torch.tensor([0, 0, 0, 1]), 2, 2).tolist()
        [[1, 2], [3, -1]]
    """
    if not len(scores):
        return labels.new_full((num_classes, num_anchors), -1)
    order = scores.argsort(stable=True)
    order = order[labels[order].argsort(stable=True)]  # by class, then score
    counts = torch.bincount(labels, minlength=num_classes).unsqueeze(1)
    starts = counts.cumsum(dim=0) - counts
    place = torch.arange(num_anchors, device=scores.device)
    position = (starts + place).clamp(max=len(order) - 1)
    return torch.where(place < counts, order[position], -1)


class AnchorSelector:
    """Base of the rules that choose at most M sentences of each class.

    ``AnSSHook`` and ``apis.select_anchors`` call ``score``, where the rule
    needs images, and then ``rank``. A rule of your own overrides one of the
    two.

    Args:
        num_anchors (int): M. Defaults to 64.

    Raises:
        ValueError: if ``num_anchors`` is below 1.

    Examples:
        >>> @TASK_UTILS.register_module(force=True)
        ... class LastSelector(AnchorSelector):
        ...     def rank(self, labels, num_classes, scores=None):
        ...         return super().rank(labels, num_classes, -torch.arange(len(labels)))
        >>> selector = TASK_UTILS.build(dict(type='LastSelector', num_anchors=1))
        >>> selector.rank(torch.tensor([0, 0, 1]), num_classes=2).tolist()
        [[1], [2]]
    """

    needs_images = False  # whether ``score`` is called, with images

    def __init__(self, num_anchors: int = 64):
        self.num_anchors = check_int(num_anchors, 'num_anchors of the selector', 1)

    def score(
        self,
        text_feats: Tensor,
        text_labels: Tensor,
        image_feats: Tensor,
        image_labels: Tensor,
        logit_scale: float,
    ) -> Tensor:
        """Score sentences against images; the smallest scores are the best.

        Args:
            text_feats (Tensor): (S, D), unit norm.
            text_labels (Tensor): (S,) int64.
            image_feats (Tensor): (I, D), unit norm.
            image_labels (Tensor): (I,) int64.
            logit_scale (float): plain scale s = exp(logit_scale), not its
                logarithm.

        Returns:
            Tensor: (S,), in float32 at least.
        """
        raise NotImplementedError

    def rank(self, labels: Tensor, num_classes: int, scores: Tensor | None = None) -> Tensor:
        """Choose the smallest scores of each class; see ``rank_by_score``.

        Args:
            labels (Tensor): (S,) int64, in the order of the corpus.
            num_classes (int): C.
            scores (Tensor, optional): (S,) from ``score``. Rules without
                images get nan or None.

        Returns:
            Tensor: (C, M) int64 indices of sentences, best first, -1 where a
            class has fewer.
        """
        return rank_by_score(scores, labels, num_classes, self.num_anchors)


@TASK_UTILS.register_module()
class AnSS(AnchorSelector):
    """Anchor sentence selection: the smallest L_lin of each class.

    Source: VL-LTR (arXiv 2111.13579). For sentence t of class c and
    images f_i, L_lin(t) = logsumexp_i(s·t·f_i) − mean over the images of c of
    s·t·f_i. The mean needs the class's mean feature only. Beyond the features
    the memory is that of a few blocks, whatever S and I are.

    Args:
        num_anchors (int): M. Defaults to 64.
        block_size (int): sentences compared at a time. Defaults to 1024.
        image_block_size (int, optional): images compared at a time. Defaults
            to None: 1024 on a CPU, where such a block stays in the cache
            between product and sum, 16384 elsewhere.
        product_dtype (str, optional): 'float16' or 'bfloat16' for the
            products of sentences and images; the exponentials and both terms
            of L_lin stay in float32. Pays on a GPU; moves L_lin by up to
            1.5e-3·s or 1.2e-2·s. Defaults to None, the features' type but
            float32 at least.

    Raises:
        ValueError: if there is no such ``product_dtype``.
    """

    needs_images = True

    def __init__(
        self,
        num_anchors: int = 64,
        block_size: int = 1024,
        image_block_size: int | None = None,
        product_dtype: str | None = None,
    ):
        if product_dtype not in (None, 'float16', 'bfloat16'):
            raise ValueError(
                f"product_dtype is {product_dtype!r}; give 'float16', 'bfloat16' or None."
            )
        super().__init__(num_anchors)
        self.block_size = block_size
        self.image_block_size = image_block_size
        self.product_dtype = product_dtype

    @torch.no_grad()
    def score(
        self,
        text_feats: Tensor,
        text_labels: Tensor,
        image_feats: Tensor,
        image_labels: Tensor,
        logit_scale: float,
    ) -> Tensor:
        """Compute L_lin (S,); the arguments are those of ``AnchorSelector``.

        ``logit_scale`` is the plain scale s = exp(logit_scale), not its
        logarithm.

        Raises:
            ValueError: if a class has a sentence but no image.
        """
        images = FeatureBank(image_feats, image_labels)  # checks the labels
        bare = text_labels[~torch.isin(text_labels, image_labels)].unique().tolist()
        if bare:
            raise ValueError(
                f'Class {bare[0]} has sentences but no image to score them ({len(bare)} such '
                'classes); score with an image set that has every class, such as the training set.'
            )
        means = images.class_means(int(image_labels.max()) + 1 if len(images) else 0)
        return linguistic_losses(
            text_feats,
            text_labels,
            image_feats,
            means,
            logit_scale,
            self.block_size,
            self.image_block_size,
            self.product_dtype and getattr(torch, self.product_dtype),
        )


@TASK_UTILS.register_module()
class CutOffSelector(AnchorSelector):
    """Take the first M sentences of each class, as the corpus has them.

    The "Cut Off" row of the paper's ablation.

    Args:
        num_anchors (int): M. Defaults to 64.
    """

    def rank(self, labels: Tensor, num_classes: int, scores: Tensor | None = None) -> Tensor:
        """Choose by position; arguments and result are the base's."""
        order = torch.arange(len(labels), device=labels.device)
        return super().rank(labels, num_classes, order)


@TASK_UTILS.register_module()
class RandomSelector(AnchorSelector):
    """Draw M sentences of each class, without replacement.

    Args:
        num_anchors (int): M. Defaults to 64.
        seed (int): of the draw. Defaults to 0.
    """

    def __init__(self, num_anchors: int = 64, seed: int = 0):
        super().__init__(num_anchors)
        self.seed = seed

    def rank(self, labels: Tensor, num_classes: int, scores: Tensor | None = None) -> Tensor:
        """Choose by chance; arguments and result are the base's."""
        drawn = torch.rand(len(labels), generator=torch.Generator().manual_seed(self.seed))
        return super().rank(labels, num_classes, drawn.to(labels.device))
