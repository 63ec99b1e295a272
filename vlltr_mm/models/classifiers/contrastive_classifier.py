"""What classifiers share that contrast two views of an image."""

import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from mmpretrain.models import ImageClassifier
from mmpretrain.models.utils import batch_shuffle_ddp, batch_unshuffle_ddp
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.validation import check_text
from ..losses.gather import check_equal_rows
from .labelled_queue import LabelledQueue


class ContrastiveClassifier(ImageClassifier):
    """Base of classifiers with a projector, a momentum encoder and a queue.

    A test is that of ``ImageClassifier``, and needs neither of the three. The
    momentum encoder is a copy of backbone, neck and projector; what a run
    needs to go on, and a test, is in its checkpoint.

    Args:
        projector (dict): a neck that takes the pooled feature, such as
            ``MLPNeck``.
        queue (dict, optional): of ``LabelledQueue``. Defaults to None, none.
        momentum_encoder (dict, optional): of MMEngine's
            ``ExponentialMovingAverage``, whose ``momentum`` is 1 − m, or
            another ``type``. Defaults to None, none.
        key_start (str): the momentum encoder starts as the encoder ('query'),
            or from its own random weights ('random'). Defaults to 'query'.
        shuffle_bn (bool): images are moved between ranks before the momentum
            encoder, so that BatchNorm does not tell it which ones belong
            together. Defaults to True.
        **kwargs: of ``ImageClassifier``; a ``data_preprocessor`` is of type
            ``MultiViewDataPreprocessor``, and the training pipeline has
            ``MultiView`` of two.

    Raises:
        ValueError: if there is no such ``key_start``.
    """

    def __init__(
        self,
        projector: dict,
        queue: dict | None = None,
        momentum_encoder: dict | None = None,
        key_start: str = 'query',
        shuffle_bn: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_text(key_start, 'key_start', ('query', 'random'))
        self.projector = MODELS.build(projector)
        self.queue = None if queue is None else LabelledQueue(**queue)
        self.shuffle_bn = shuffle_bn
        self.key_encoder = None
        if momentum_encoder is not None:
            self.key_encoder = MODELS.build(
                {'type': 'ExponentialMovingAverage', **momentum_encoder},
                default_args=dict(model=self._parts()),
            )
            if key_start == 'random':  # its first update copies the encoder otherwise
                self.key_encoder.steps.fill_(1)

    def _parts(self) -> nn.ModuleDict:
        """Return what the momentum encoder follows."""
        neck = dict(neck=self.neck) if self.with_neck else {}
        return nn.ModuleDict(dict(backbone=self.backbone, **neck, projector=self.projector))

    @staticmethod
    def embed(parts: nn.ModuleDict, images: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Return features, ``(..., (N, d))``, and embeddings (N, D) of unit norm of images."""
        feats = parts['backbone'](images)
        if 'neck' in parts:
            feats = parts['neck'](feats)
        projected = parts['projector']((feats[-1],))[-1]
        dtype = torch.promote_types(projected.dtype, torch.float32)
        return feats, F.normalize(projected.to(dtype), dim=1)

    def training_features(self, images: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return what the head takes in training, and the embeddings: of two equal views.

        The momentum encoder stays as it is.
        """
        feats, queries = self.embed(self._parts(), images)
        if self.key_encoder is None:
            other_feats, keys = self.embed(self._parts(), images)
            return (torch.cat([feats[-1], other_feats[-1]]),), (queries, keys)
        with torch.no_grad():
            return feats, (queries, self.embed(self.key_encoder.module, images)[1])

    @torch.no_grad()
    def embed_keys(self, images: Tensor) -> Tensor:
        """Let the momentum encoder follow, and embed: (N, 3, H, W) → (N, D), without gradient."""
        self.key_encoder.update_parameters(self._parts())
        if not self.shuffle_bn or get_world_size() == 1:
            return self.embed(self.key_encoder.module, images)[1]
        images, order = batch_shuffle_ddp(images)
        keys = self.embed(self.key_encoder.module, images)[1]
        return batch_unshuffle_ddp(keys, order)

    def queued(self) -> dict[str, Tensor]:
        """Return ``queue`` (K, D) and ``queue_labels`` (K,), or nothing without a queue."""
        if self.queue is None:
            return {}
        return dict(zip(('queue', 'queue_labels'), self.queue.contents()))

    def pair(
        self, inputs: list[Tensor], data_samples: list[DataSample]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return query images, key images and labels (N,) of a batch.

        Raises:
            ValueError: if there are not two views, labels are mixed, or ranks
                have batches of different sizes.
        """
        name = type(self).__name__
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            found = f'{len(inputs)}' if isinstance(inputs, (list, tuple)) else 'one'
            raise ValueError(
                f'{name} is trained with two views of an image, but there is {found}; give the '
                "training pipeline dict(type='MultiView', num_views=[1, 1], transforms=[..., ...]) "
                "and data_preprocessor=dict(type='MultiViewDataPreprocessor', ...)."
            )
        if 'gt_score' in data_samples[0]:
            raise ValueError(
                f'{name} needs a class for each image, but the samples have gt_score; leave '
                'to_onehot of data_preprocessor out.'
            )
        check_equal_rows(inputs[0])
        return *inputs, torch.cat([sample.gt_label for sample in data_samples])
