"""What heads without training have in common."""

from typing import NoReturn, Optional

import torch
from torch import nn

from ...structures import FeatureBank


def check_bank(bank: FeatureBank, num_classes: int, embed_dims: Optional[int] = None):
    """Check that a bank has features of every class, and of no other.

    Args:
        bank (FeatureBank): its ``meta['classes']``, where there is one,
            names the classes in the messages.
        num_classes (int): C.
        embed_dims (int, optional): D. Defaults to None, any.

    Raises:
        ValueError: if the width differs, a label is outside 0 .. C-1, or a
            class has no row.
    """
    width = bank.feats.shape[1]
    if embed_dims is not None and width != embed_dims:
        raise ValueError(
            f'The bank has features of width {width}, the head takes '
            f'embed_dims={embed_dims}; correct embed_dims, or fill the bank '
            'with the tower of the same embedding space.'
        )
    bad = bank.labels[(bank.labels < 0) | (bank.labels >= num_classes)]
    if len(bad):
        raise ValueError(
            f'The bank has label {int(bad[0])}; with num_classes='
            f'{num_classes} labels must lie in 0 .. {num_classes - 1}. '
            'Correct num_classes, or fill the bank from data of these '
            'classes.'
        )
    counts = torch.bincount(bank.labels, minlength=num_classes)
    bare = (counts == 0).nonzero().flatten().tolist()
    if bare:
        names = bank.meta.get('classes')
        name = f" '{names[bare[0]]}'" if names else ''
        raise ValueError(
            f'Class {bare[0]}{name} has no row in the bank ({len(bare)} of '
            f'{num_classes} classes have none); fill it from images or '
            'sentences of every class.'
        )


def refuse_loss(head: nn.Module) -> NoReturn:
    """Raise, because a head has nothing to train.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError(
        f'{type(head).__name__} has nothing to train; only test it, with tools/test.py.'
    )
