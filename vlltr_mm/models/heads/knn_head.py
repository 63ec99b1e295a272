"""Recognise by the vote of the nearest neighbours."""

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from ...structures import FeatureBank
from ...utils.nearest_neighbours import nearest_rows, vote
from .training_free_head import TrainingFreeClsHead


@MODELS.register_module()
class KNNClsHead(TrainingFreeClsHead):
    """Let the k nearest sentences or images vote; nothing is trained.

    The winner is the class with most of the k votes, of tied classes that of
    the nearest neighbour. The score is log((v_c + ½·[c wins] + 1/C) /
    (k + 3/2)) for v_c votes: a softmax gives the votes' shares, smoothed by
    one vote spread over all classes, with half a vote more for the winner, so
    that rounding cannot undo the tie-break.

    ``FeatureBankHook`` hands the neighbours over before each evaluation;
    they are not part of a checkpoint.

    Args:
        num_classes (int): C.
        k (int): neighbours that vote; all where the bank has fewer. Defaults
            to 5.
        block_size (int, optional): rows of the bank compared at a time.
            Defaults to None, as many as keep a block of cosines at 64 MiB.
        **kwargs: of ``TrainingFreeClsHead``.

    Raises:
        ValueError: if ``k`` is below 1.
    """

    def __init__(self, num_classes: int, k: int = 5, block_size: int | None = None, **kwargs):
        super().__init__(num_classes, **kwargs)
        if k < 1:
            raise ValueError(f'k is {k}; give the number of neighbours that vote, 1 or more.')
        self.k = k
        self.block_size = block_size
        self.register_buffer('bank_feats', torch.zeros(0, 0), persistent=False)
        self.register_buffer('bank_labels', torch.zeros(0, dtype=torch.long), persistent=False)

    def set_bank(self, bank: FeatureBank):
        """Set the neighbours.

        Args:
            bank (FeatureBank): images or sentences of every class, (S, D),
                not necessarily of unit norm.

        Raises:
            ValueError: if a class has no row, or the bank does not fit.
        """
        bank.check_covers(self.num_classes)
        self.bank_feats = F.normalize(bank.feats.to(self.bank_feats.device).float(), dim=1)
        self.bank_labels = bank.labels.to(self.bank_labels.device)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Score every class by the votes it gets.

        Args:
            feats (tuple[Tensor]): the last is (N, D), not normalised.

        Returns:
            Tensor: (N, C), log of smoothed shares of the votes.

        Raises:
            RuntimeError: if there is no bank.
        """
        if not len(self.bank_labels):
            raise RuntimeError(
                'KNNClsHead has no neighbours. Add custom_hooks='
                "[dict(type='FeatureBankHook', ...)] or call set_bank()."
            )
        x = F.normalize(self.pre_logits(feats).float(), dim=1)
        rows = nearest_rows(x, self.bank_feats, self.k, self.block_size)
        labels = self.bank_labels[rows]  # (N, K)
        votes = x.new_zeros(x.shape[0], self.num_classes)
        votes.scatter_add_(1, labels, torch.ones_like(labels, dtype=x.dtype))
        winner = F.one_hot(vote(labels), self.num_classes)
        votes = votes + 0.5 * winner + 1 / self.num_classes
        return (votes / (labels.shape[1] + 1.5)).log()
