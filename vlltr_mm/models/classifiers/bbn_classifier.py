"""Two branches, one trained on images as they come, the other on reversed frequencies."""

import torch
from mmpretrain.models import ClsDataPreprocessor, ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...utils.validation import check_int, check_number, shown


def cumulative_divisor(rule: str | int, max_epochs: int) -> int:
    """Return T of the schedule α = 1 − (t/T)².

    Args:
        rule (str | int): 'max_epochs', the paper's; 'official', that of the
            authors' code: 100·(⌊E/100⌋ + 1) for E = 90 and 180 epochs, else E;
            or T itself, at least ``max_epochs``.
        max_epochs (int): E.

    Raises:
        ValueError: if there is no such rule.

    Examples:
        >>> [cumulative_divisor('official', epochs) for epochs in (90, 180, 200)]
        [100, 200, 200]
    """
    if rule == 'max_epochs':
        return max_epochs
    if rule == 'official':
        return 100 * (max_epochs // 100 + 1) if max_epochs in (90, 180) else max_epochs
    if isinstance(rule, str):
        raise ValueError(f"divisor is {shown(rule)}; give 'max_epochs', 'official' or a number.")
    return check_int(rule, 'divisor (the training has max_epochs)', max_epochs)


@MODELS.register_module()
class DualSampleDataPreprocessor(ClsDataPreprocessor):
    """``ClsDataPreprocessor`` that takes the pairs of ``DualSampleDataset`` too.

    Of a batch of N pairs it makes 2N images and samples, first all first ones;
    batch augmentations mix first images with first ones, second with second.
    Other batches are treated as usual.
    """

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return ``inputs`` (2N, 3, H, W) and 2N ``data_samples``; (N, …) of other batches."""
        samples = data.get('data_samples')
        if not samples or isinstance(samples[0], DataSample):
            return super().forward(data, training)
        parent = super().forward
        parts = [
            parent(dict(inputs=own, data_samples=list(labelled)), training)
            for own, labelled in zip(data['inputs'], samples)
        ]
        return dict(
            inputs=torch.cat([part['inputs'] for part in parts]),
            data_samples=[sample for part in parts for sample in part['data_samples']],
        )


@MODELS.register_module()
class BBNClassifier(ImageClassifier):
    """Train a sum of two branches that goes from the head to the tail.

    With pairs (x_c, y_c), (x_r, y_r) of ``DualSampleDataset`` and
    α = 1 − (t/T)² in epoch t, from 0: z = FC(s·[α·f_c(x_c); (1 − α)·f_r(x_r)])
    and L = α·CE(z, y_c) + (1 − α)·CE(z, y_r). The branches run after one
    another, so that BatchNorm of the trunk sees each kind of images alone. A
    test has α = 1/2 and one image, FC(s/2·[f_c(x); f_r(x)]). Source: Zhou et
    al., BBN, CVPR 2020 (arXiv 1912.02413). ``ModelEpochHook``, which all our
    runs have, tells the epoch.

    Args:
        backbone (dict): ``BBNResNet`` or ``BBNCIFARResNet``: called with
            ``branch=...`` it returns the map of one branch, and else both.
        neck (dict): ``GlobalAveragePooling``: a map becomes a feature (N, D).
        head (dict): a head with ``in_channels`` 2·D.
        divisor (str | int): T, see ``cumulative_divisor``. Defaults to
            'max_epochs'.
        scale (float): s > 0; 2 in the authors' code, which is another start
            and weight decay of the same function. Defaults to 1.0.
        **kwargs: of ``ImageClassifier``; a ``data_preprocessor`` is of type
            ``DualSampleDataPreprocessor``.

    Raises:
        ValueError: if there is no neck, no such rule, or scale is not
            positive.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        head: dict | None = None,
        divisor: str | int = 'max_epochs',
        scale: float = 1.0,
        **kwargs,
    ):
        if neck is None:
            raise ValueError(
                "BBNClassifier has no neck; give neck=dict(type='GlobalAveragePooling'), which "
                'makes a feature of the map of each branch.'
            )
        cumulative_divisor(divisor, 1)  # raises where there is no such rule
        super().__init__(backbone, neck=neck, head=head, **kwargs)
        self.divisor = divisor
        self.scale = check_number(scale, 'scale', 1e-6)
        self.alpha = None

    def begin_epoch(self, epoch: int, max_epochs: int):
        """Set α.

        Args:
            epoch (int): t, from 0.
            max_epochs (int): how many there are.

        Raises:
            ValueError: if a divisor is smaller than ``max_epochs``, with which
                α would fall below 0.
        """
        self.alpha = 1 - (epoch / cumulative_divisor(self.divisor, max_epochs)) ** 2

    def extract_feat(self, inputs: Tensor, stage: str = 'neck'):
        """Return (s/2·[f_c; f_r],), (N, 2·D), of images (N, 3, H, W).

        ``stage`` is that of ``ImageClassifier.extract_feat``; the maps of the
        backbone come one by one.
        """
        if stage == 'backbone':
            return super().extract_feat(inputs, stage)
        feats = (self.scale / 2 * torch.cat(self.neck(self.backbone(inputs)), dim=1),)
        return feats if stage == 'neck' else self.head.pre_logits(feats)

    def pair_features(self, images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """Return f_c of N images and f_r of N others, (N, D) each."""
        first = self.neck(self.backbone(images, branch='conventional'))[-1]
        return first, self.neck(self.backbone(others, branch='rebalancing'))[-1]

    def training_features(self, images: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return what the head takes in training, and nothing else: of pairs of equal images."""
        return (torch.cat(self.pair_features(images, images), dim=1),), ()

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the loss of N pairs.

        Args:
            inputs (Tensor): (2N, 3, H, W), first the images of the
                conventional branch.
            data_samples (list[DataSample]): 2N, with ``branch``.

        Returns:
            dict[str, Tensor]: the head's losses.

        Raises:
            RuntimeError: if the epoch is not known.
            ValueError: if the samples are no pairs.
        """
        if self.alpha is None:
            raise RuntimeError(
                'BBNClassifier does not know the epoch; train with tools/train.py or '
                "vlltr_mm.apis.train, or add default_hooks=dict(model_epoch=dict(type='"
                "ModelEpochHook')); elsewhere call begin_epoch(epoch, max_epochs)."
            )
        size = len(data_samples) // 2
        _check_pairs(data_samples, size)
        first, second = self.pair_features(inputs[:size], inputs[size:])
        feats = torch.cat([self.alpha * first, (1 - self.alpha) * second], dim=1)
        feats = (self.scale * feats,)
        one, other = (
            self.head.loss(feats, own) for own in (data_samples[:size], data_samples[size:])
        )
        return {
            key: self.alpha * one[key] + (1 - self.alpha) * other[key]
            for key in one
            if 'loss' in key
        }


def _check_pairs(data_samples: list[DataSample], size: int):
    """Check that a batch is N first images and N second ones."""
    kinds = [sample.get('branch') for sample in data_samples]
    if kinds != ['conventional'] * size + ['rebalancing'] * size:
        raise ValueError(
            'BBNClassifier is trained with pairs of images; give the training set '
            "dict(type='DualSampleDataset', dataset=...) and data_preprocessor=dict(type='"
            "DualSampleDataPreprocessor', ...)."
        )
