"""The residual branches of ResLT and what they are trained with."""

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce, get_world_size
from mmpretrain.registry import MODELS
from torch import Tensor

from ...utils.validation import check_int, check_number, check_text
from .count_based_loss import CountBasedLoss, class_shares

_UNITS = ('images', 'classes')


def rare_classes(counts: Tensor, below: int, unit: str) -> Tensor:
    """Choose the rare classes.

    Args:
        counts (Tensor): n_c (C,).
        below (int): for the unit 'images', all classes with fewer training
            images; for 'classes', that many of the rarest. Of classes with
            equal counts the first ones in the order of the labels are taken.
        unit (str): 'images' or 'classes'.

    Returns:
        Tensor: (C,) bool.

    Raises:
        ValueError: if there are fewer classes than ``below``.

    Examples:
        >>> counts = torch.tensor([9, 4, 2, 4])
        >>> rare_classes(counts, below=5, unit='images').tolist()
        [False, True, True, True]
        >>> rare_classes(counts, below=2, unit='classes').tolist()
        [False, True, True, False]
    """
    if unit == 'images':
        return counts < below
    if below > len(counts):
        raise ValueError(
            f'{below} of the rarest classes are to be chosen, but there are {len(counts)}; give '
            "fewer, or unit='images' where a number of training images is meant."
        )
    chosen = torch.zeros(len(counts), dtype=torch.bool, device=counts.device)
    chosen[counts.argsort(stable=True)[:below]] = True
    return chosen


def branch_losses(
    branch_logits: Tensor, target: Tensor, masks: Tensor, floor: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Sum both losses of ResLT over a batch.

    Args:
        branch_logits (Tensor): z_b (N, B, C).
        target (Tensor): t (N, C), the share of each class.
        masks (Tensor): (B, C) bool, the classes S_b of each branch.
        floor (float): added to probabilities before the logarithm. Defaults
            to 0.

    Returns:
        tuple[Tensor, Tensor]: Σ_i ce(Σ_b z_b), and Σ_b Σ_{i∈S_b} ce(z_b), both
        scalars. An image of several classes counts in a branch by the shares
        of those that are in S_b.
    """
    own = (target[:, None] * masks * -_log_softmax(branch_logits, floor)).sum()
    fused = (target * -_log_softmax(branch_logits.sum(1), floor)).sum()
    return fused, own


def _log_softmax(logits: Tensor, floor: float) -> Tensor:
    return (logits.softmax(-1) + floor).log() if floor else logits.log_softmax(-1)


@MODELS.register_module()
class ResLTLoss(CountBasedLoss):
    """Train a sum of branches, of which the later ones see the rare classes only.

    With z = Σ_b z_b, S_1 all classes, S_2 those that are medium or few and S_3
    the few: L = (1 − β)·L_F + β·L_I, L_F = mean ce(z), and
    L_I = Σ_b Σ_{i∈S_b} ce(z_b) / Σ_b |S_b|, both over the batch of all ranks.
    Source: Cui et al., ResLT, TPAMI 2022 (arXiv 2101.10633).

    Each rank's loss is its share times the number of ranks, so that the mean
    over ranks is that of one process.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        beta (float): β in [0, 1], the weight of the single branches.
        medium_below (int): which classes S_2 has: those with fewer training
            images, or, with ``unit='classes'``, that many of the rarest.
        few_below (int, optional): likewise S_3, at most ``medium_below``.
            Defaults to None, two branches.
        unit (str): 'images' or 'classes'. The authors count classes: 825 and
            220 of ImageNet-LT, where no number of images gives these (181
            images have the classes of rank 825 and 826, 30 those of rank 218
            to 225). Defaults to 'images'.
        floor (float): added to probabilities before the logarithm; 1e-7 in the
            authors' code. Defaults to 0, the formula.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if an argument is none of these; see also
            ``CountBasedLoss``.

    Examples:
        >>> loss = ResLTLoss([9, 1], beta=1.0, medium_below=5)
        >>> logits = torch.tensor([[[0.0, 0.0], [0.0, 9.0]]])  # one image, two branches
        >>> round(float(loss(logits, torch.tensor([0]))), 4)  # not of the second: log 2
        0.6931
    """

    def __init__(
        self,
        class_counts: Sequence[int] | str,
        beta: float,
        medium_below: int,
        few_below: int | None = None,
        unit: str = 'images',
        floor: float = 0.0,
        loss_weight: float = 1.0,
    ):
        super().__init__(class_counts, loss_weight=loss_weight)
        self.beta = check_number(beta, 'beta', 0, 1)
        self.unit = check_text(unit, 'unit', _UNITS)
        self.below = [check_int(medium_below, 'medium_below', 1)]
        if few_below is not None:
            self.below.append(check_int(few_below, 'few_below', 1, medium_below))
        self.floor = check_number(floor, 'floor', 0)

    @property
    def num_branches(self) -> int:
        """How many branches there are, B."""
        return 1 + len(self.below)

    def branch_classes(self, counts: Tensor) -> Tensor:
        """Return which classes each branch is trained on, (B, C) bool, of n_c (C,)."""
        rare = [rare_classes(counts, below, self.unit) for below in self.below]
        return torch.stack([torch.ones_like(rare[0]), *rare])

    def forward(
        self, branch_logits: Tensor, target: Tensor, avg_factor: float | None = None
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            branch_logits (Tensor): z_b (N, B, C).
            target (Tensor): (N,) int64, or soft (N, C).
            avg_factor (float, optional): not used: L_F and L_I divide by what
                is in the batch of all ranks. Heads of MMPretrain give it.

        Returns:
            Tensor: scalar.

        Raises:
            ValueError: if logits, target and counts do not fit together.
        """
        if branch_logits.ndim != 3 or branch_logits.shape[1] != self.num_branches:
            raise ValueError(
                f'The logits have shape {tuple(branch_logits.shape)}, but the loss has '
                f'{self.num_branches} branches (N, {self.num_branches}, C); use ResLTNeck and '
                'ResLTClsHead with this num_branches'
                + (', or give few_below.' if len(self.below) == 1 else ', or leave out few_below.')
            )
        scores = branch_logits.to(torch.promote_types(branch_logits.dtype, torch.float32))
        target = class_shares(scores[:, 0], target)
        masks = self.branch_classes(self._counts_for(scores[:, 0]))
        fused, own = branch_losses(scores, target, masks, self.floor)
        # How many there are in the batch, all told and in the branches.
        sizes = torch.stack([target.sum(), (target @ masks.T.to(target.dtype)).sum()])
        all_reduce(sizes)
        fused, own = torch.stack([fused, own]) * get_world_size() / sizes
        return self.loss_weight * ((1 - self.beta) * fused + self.beta * own)
