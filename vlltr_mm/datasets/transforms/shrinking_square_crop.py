"""Crops that change less and less from epoch to epoch."""

import math

import mmcv
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS

from ...utils.validation import check_int, check_number


def least_crop(epoch: int, max_epochs: int, first: float = 0.08) -> float:
    """Return the least area of a crop in an epoch, a share of the image.

    m = m_0 + (1 − m_0)·(1 − √(1 − t²)) with t = e / (E − 1); t = 1 where there
    is but one epoch.

    Args:
        epoch (int): e, from 0.
        max_epochs (int): E.
        first (float): m_0, that of the first epoch. Defaults to 0.08.

    Examples:
        >>> [round(least_crop(epoch, 5), 3) for epoch in range(5)]
        [0.08, 0.109, 0.203, 0.391, 1.0]
    """
    t = epoch / (max_epochs - 1) if max_epochs > 1 else 1.0
    return first + (1 - first) * (1 - math.sqrt(1 - t * t))


@TRANSFORMS.register_module()
class ShrinkingSquareCrop(BaseTransform):
    """Cut a square of random size and place, and bring it to one size.

    Its area is drawn evenly between m·h·w, with m of ``least_crop``, and that
    of the largest square; where m is more than that square's share, as in the
    last epoch, it is that square. Source: minimalist data augmentation of
    LIFT+ (Shi et al., arXiv 2504.13282).

    ``TransformEpochHook``, which all our runs have, tells the epoch, also to
    loader processes that are already at work.

    Args:
        scale (int): edge of the result in pixels.
        first (float): least area in the first epoch, a share of the image.
            Defaults to 0.08.
        interpolation (str): as of ``RandomResizedCrop``. Defaults to
            'bicubic'.
        backend (str): likewise. Defaults to 'pillow'.

    Raises:
        ValueError: if ``scale`` is below 1 or ``first`` not in [0, 1].
    """

    def __init__(
        self,
        scale: int,
        first: float = 0.08,
        interpolation: str = 'bicubic',
        backend: str = 'pillow',
    ):
        self.scale = check_int(scale, 'scale of ShrinkingSquareCrop', 1)
        self.first = check_number(first, 'first of ShrinkingSquareCrop', 0, 1)
        self.interpolation = interpolation
        self.backend = backend
        self._epochs = torch.tensor([-1, 0])  # this one, all

    def begin_epoch(self, epoch: int, max_epochs: int):
        """Say which epoch begins, to this process and those made from it.

        Args:
            epoch (int): from 0.
            max_epochs (int): how many there are.
        """
        self._epochs.share_memory_()  # a copied transform has memory of its own
        self._epochs.copy_(torch.tensor([epoch, max_epochs]))

    def transform(self, results: dict) -> dict:
        """Cut and resize the image.

        Raises:
            RuntimeError: if nobody has told the epoch.
        """
        epoch, max_epochs = self._epochs.tolist()
        if epoch < 0:
            raise RuntimeError(
                'ShrinkingSquareCrop does not know the epoch. Start with tools/train.py or '
                "vlltr_mm.apis.train, or add default_hooks=dict(transform_epoch=dict(type='"
                "TransformEpochHook')); elsewhere call begin_epoch(epoch, max_epochs)."
            )
        img = results['img']
        height, width = img.shape[:2]
        side = self._draw_side(height, width, least_crop(epoch, max_epochs, self.first))
        top = np.random.randint(height - side + 1)
        left = np.random.randint(width - side + 1)
        img = img[top : top + side, left : left + side]
        results['img'] = mmcv.imresize(
            img, (self.scale, self.scale), interpolation=self.interpolation, backend=self.backend
        )
        results['img_shape'] = results['img'].shape
        return results

    @staticmethod
    def _draw_side(height: int, width: int, least: float) -> int:
        """Draw the edge of a square in pixels."""
        short = min(height, width)
        largest = short**2 / (height * width)
        area = np.random.uniform(min(least, largest), largest) * height * width
        return min(max(round(math.sqrt(area)), 1), short)

    def __repr__(self):
        """Return the arguments."""
        return (
            f'{type(self).__name__}(scale={self.scale}, first={self.first}, '
            f"interpolation='{self.interpolation}', backend='{self.backend}')"
        )
