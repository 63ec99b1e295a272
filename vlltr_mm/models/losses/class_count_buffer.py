"""Training images per class, as a loss needs them."""

import os
from typing import Sequence, Union

import torch
from torch import Tensor, nn

from ...utils.class_counts import read_class_counts


class ClassCountBuffer(nn.Module):
    """Hold the training images per class beside the model's weights.

    A file is not read when the model is built but by ``init_weights``, which
    MMEngine calls before training, or else at first use: a trained model is
    tested without it. The counts follow the model to its device and are not
    in its checkpoints.

    Args:
        class_counts (Sequence[int] | str): the C counts, a ``.json`` file
            with the list of them, or the training list with one 'path label'
            per line.

    Raises:
        ValueError: if the counts are not integers > 0; for a file, when it is
            read.
    """

    def __init__(self, class_counts: Union[Sequence[int], str]):
        super().__init__()
        self.source = class_counts
        # Integers: a model cast to half precision keeps them exact.
        self.register_buffer('counts', None, persistent=False)
        if not isinstance(class_counts, (str, os.PathLike)):
            self.init_weights()

    def init_weights(self):
        """Read the counts, unless they are here.

        Raises:
            FileNotFoundError: if the file is missing.
            ValueError: if the counts are not integers > 0.
        """
        if self.counts is not None:
            return
        counts = read_class_counts(self.source)
        empty = (counts == 0).nonzero()[0]
        if empty.size:
            raise ValueError(
                f'class_counts ({str(self.source)[:80]}) has no training '
                f'image of class {empty[0]} ({empty.size} of {len(counts)} '
                'classes have none), and a loss that divides by the count or '
                'takes its logarithm is undefined there; leave the class out '
                'or give a list that counts it as 1.'
            )
        self.counts = torch.from_numpy(counts)

    def forward(self, cls_score: Tensor) -> Tensor:
        """Return the counts for a batch of logits.

        Args:
            cls_score (Tensor): (N, C).

        Returns:
            Tensor: (C,), of the logits' dtype and on their device.

        Raises:
            ValueError: if there are not C counts.
        """
        self.init_weights()
        if cls_score.ndim != 2 or cls_score.shape[1] != len(self.counts):
            raise ValueError(
                f'class_counts ({str(self.source)[:80]}) has '
                f'{len(self.counts)} classes, but the logits have shape '
                f"{tuple(cls_score.shape)}; make the head's num_classes and "
                'the counts agree.'
            )
        # A file may be read after the model was moved.
        self.counts = self.counts.to(cls_score.device)
        return self.counts.to(cls_score.dtype)
