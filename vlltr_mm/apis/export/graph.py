"""What is exported: a classifier from prepared images to scores."""

import copy

import torch
from mmengine.dataset import Compose
from torch import Tensor, nn

from ...models import AnchorHead, KNNClsHead
from ...models.heads.folded_attention import fold_anchors


class ExportedClassifier(nn.Module):
    """Images → scores, with plain operators only.

    Args:
        model (nn.Module): a finished ``ImageClassifier``, in eval mode.
        topk (int, optional): how many classes to return. Defaults to None,
            the scores of all.
        raw (bool): whether it takes RGB pixels as uint8 and normalises them
            itself. Defaults to False.
    """

    def __init__(self, model: nn.Module, topk: int | None = None, raw: bool = False):
        super().__init__()
        self.model = model
        self.head = _exportable(model.head)
        self.topk = topk
        self.raw = raw
        if raw:
            mean, std = normalisation(model)
            self.register_buffer('mean', mean)
            self.register_buffer('std', std)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Classify images.

        Args:
            images (Tensor): (N, 3, H, W): normalised RGB in float32, or with
                ``raw`` uint8.

        Returns:
            tuple[Tensor, ...]: ``logits`` (N, C) and ``scores`` (N, C), their
            softmax; with ``topk`` K instead ``labels`` (N, K) int64 and
            ``scores`` (N, K), the best first.
        """
        if self.raw:
            images = (images.to(self.mean.dtype) - self.mean) / self.std
        logits = self.head(self.model.extract_feat(images))
        scores = logits.softmax(dim=1)
        if self.topk is None:
            return logits, scores
        scores, labels = scores.topk(self.topk)
        return labels, scores

    def prepared(self, pixels: Tensor) -> Tensor:
        """Make inputs of what a pipeline gives, (N, 3, H, W) uint8 in its order of channels."""
        if self.model.data_preprocessor.to_rgb:
            pixels = pixels.flip(1)
        if self.raw:
            return pixels.contiguous()
        mean, std = normalisation(self.model)
        return (pixels.float() - mean) / std

    @property
    def outputs(self) -> list[str]:
        """The names of what ``forward`` returns."""
        return ['logits', 'scores'] if self.topk is None else ['labels', 'scores']


def _exportable(head: nn.Module) -> nn.Module:
    """Return a head of plain operators, of any batch."""
    if isinstance(head, AnchorHead):
        return fold_anchors(head)
    if isinstance(head, KNNClsHead):
        head = copy.copy(head)
        head.block_size = len(head.bank_labels)  # one block, whatever the batch
    return head


def normalisation(model: nn.Module) -> tuple[Tensor, Tensor]:
    """Return mean and deviation (3, 1, 1) of RGB pixels, by a model's preprocessor."""
    prepared = model.data_preprocessor
    if not getattr(prepared, '_enable_normalize', False):
        return torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
    return prepared.mean.float().clone(), prepared.std.float().clone()


def describe_input(model: nn.Module, pipeline: Compose, raw: bool) -> dict:
    """Say how an image becomes an input, as JSON values.

    Args:
        model (nn.Module): with the data preprocessor.
        pipeline (Compose): the test pipeline.
        raw (bool): as in ``ExportedClassifier``.
    """
    mean, std = normalisation(model)
    return dict(
        name='images',
        layout='NCHW',
        dtype='uint8' if raw else 'float32',
        channels='RGB' if model.data_preprocessor.to_rgb else 'BGR',
        mean=mean.flatten().tolist(),
        std=std.flatten().tolist(),
        normalised_in_graph=raw,
        steps=[repr(step) for step in pipeline.transforms],
    )
