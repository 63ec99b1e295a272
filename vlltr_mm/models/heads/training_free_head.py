"""What heads without training have in common."""

import torch
from mmpretrain.models.heads import ClsHead
from mmpretrain.structures import DataSample
from torch import Tensor

from ...structures import FeatureBank


class TrainingFreeClsHead(ClsHead):
    """Base of heads that are filled or read, and only tested.

    A head that is filled with features of its classes has
    ``set_bank(bank: FeatureBank)``, which ``FeatureBankHook`` calls before an
    evaluation and which begins with ``check_bank``.

    Args:
        num_classes (int): C.
        loss (dict, optional): ignored. A config that replaces a trained head
            may leave that head's here. Defaults to None.
        **kwargs: of ``ClsHead``.
    """

    def __init__(self, num_classes: int, loss: dict | None = None, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def check_bank(self, bank: FeatureBank, embed_dims: int | None = None):
        """Check that a bank has features of every class, and of no other.

        Args:
            bank (FeatureBank): its ``meta['classes']``, where there is one,
                names the classes in the messages.
            embed_dims (int, optional): D. Defaults to None, any.

        Raises:
            ValueError: if the width differs, a label is outside 0 .. C-1, or
                a class has no row.
        """
        num_classes, width = self.num_classes, bank.feats.shape[1]
        if embed_dims is not None and width != embed_dims:
            raise ValueError(
                f'The bank has features of width {width}, the head takes embed_dims={embed_dims}; '
                'correct embed_dims, or fill the bank with the tower of the same embedding space.'
            )
        bad = bank.labels[(bank.labels < 0) | (bank.labels >= num_classes)]
        if len(bad):
            raise ValueError(
                f'The bank has label {int(bad[0])}; with num_classes={num_classes} labels must lie '
                f'in 0 .. {num_classes - 1}. Correct num_classes, or fill the bank from data of '
                'these classes.'
            )
        counts = torch.bincount(bank.labels, minlength=num_classes)
        bare = (counts == 0).nonzero().flatten().tolist()
        if bare:
            names = bank.meta.get('classes')
            name = f" '{names[bare[0]]}'" if names else ''
            raise ValueError(
                f'Class {bare[0]}{name} has no row in the bank ({len(bare)} of {num_classes} '
                'classes have none); fill it from images or sentences of every class.'
            )

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs) -> dict:
        """Refuse to train.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            f'{type(self).__name__} has nothing to train; only test it, with tools/test.py.'
        )
