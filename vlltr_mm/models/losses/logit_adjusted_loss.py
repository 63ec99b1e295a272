"""Logit adjustment, of which balanced softmax is a case."""

import math
from collections.abc import Sequence

from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .count_based_loss import CountBasedLoss


@MODELS.register_module()
class LogitAdjustedLoss(CountBasedLoss):
    """Cross entropy of z + τ·log π, with the share π_c of class c in training.

    The prior is in the training loss only; the plain logits z are then those
    of balanced classes. Source: Menon et al., Long-Tail Learning via Logit
    Adjustment, ICLR 2021. With τ = 1 it is Balanced Softmax, Ren et al.,
    Balanced Meta-Softmax for Long-Tailed Visual Recognition, NeurIPS 2020.

    A sampler that draws class c with probability ∝ n_c^p leaves the prior
    π_c = n_c^p / Σ n^p. ``SamplingPriorHook``, which all our runs have, reads
    it from the sampler of the training. Without the hook p is
    ``sampling_power``, or 1: each image as likely as any other.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        tau (float): τ; other than 1 only with instance-balanced sampling.
            Defaults to 1.0.
        sampling_power (float, optional): p, for a sampler that the hook does
            not know; the hook leaves such a loss alone. Defaults to None.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if ``tau`` or ``sampling_power`` is not finite, or neither
            is 1; see also ``CountBasedLoss``.

    Examples:
        >>> import torch
        >>> loss = LogitAdjustedLoss(class_counts=[3, 1])
        >>> value = loss(torch.zeros(1, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # log 4
        1.3863
        >>> loss.set_prior(torch.tensor([0.5, 0.5]))  # class-balanced sampling
        >>> value = loss(torch.zeros(1, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # log 2
        0.6931
    """

    def __init__(
        self,
        class_counts: Sequence[int] | str,
        tau: float = 1.0,
        sampling_power: float | None = None,
        **kwargs,
    ):
        super().__init__(class_counts, **kwargs)
        if not math.isfinite(tau):
            raise ValueError(f'tau is {tau}; give a finite number, 1 for balanced softmax.')
        if sampling_power is not None and not math.isfinite(sampling_power):
            raise ValueError(
                f'sampling_power is {sampling_power}; give a finite number, from 0 '
                '(class-balanced) to 1 (instance-balanced).'
            )
        self.tau = tau
        self.sampling_power = sampling_power
        self._prior: Tensor | None = None
        if sampling_power is not None:
            self.check_tau(sampling_power == 1, f'sampling_power={sampling_power}')

    def check_tau(self, instance_balanced: bool, sampling: str):
        """Check that the sampling is corrected for once.

        Args:
            instance_balanced (bool): whether each image is as likely as any
                other.
            sampling (str): what draws them, for the message.

        Raises:
            ValueError: if it is not, and τ is not 1.
        """
        if self.tau != 1 and not instance_balanced:
            raise ValueError(
                f'LogitAdjustedLoss has tau={self.tau} beside {sampling}: its prior is what that '
                'leaves of the classes, and tau would correct for it once more. Leave tau out (1), '
                'or draw instance-balanced (DefaultSampler).'
            )

    def set_prior(self, shares: Tensor | None):
        """Set the shares of the classes in what training draws.

        Args:
            shares (Tensor, optional): (K,), K ≤ C, by label. A class that is
                never drawn, with 0 or beyond K, counts as the rarest one that
                is. None: by ``class_counts`` and ``sampling_power``.

        Raises:
            ValueError: if there are more shares than classes, or they are no
                shares.
        """
        if shares is None:
            self._prior = None
            return
        self._read_counts()
        shares = shares.detach().double().cpu()
        fits = shares.ndim == 1 and 0 < len(shares) <= len(self.counts)
        if not fits or not shares.isfinite().all() or shares.min() < 0 or not shares.any():
            raise ValueError(
                f'The prior has shape {tuple(shares.shape)} and values from {shares.min():.3g} to '
                f'{shares.max():.3g}; LogitAdjustedLoss takes shares >= 0 of up to '
                f'{len(self.counts)} classes, as many as class_counts '
                f'({self._source}) has. Make the counts and the data agree.'
            )
        whole = shares.new_zeros(len(self.counts))
        whole[: len(shares)] = shares
        self._prior = whole.clamp(min=whole[whole > 0].min())

    def _log_prior(self, counts: Tensor) -> Tensor:
        """Return log π (C,), up to a constant where classes are never drawn."""
        if self._prior is not None:
            # Moved once, not in each step.
            self._prior = self._prior.to(counts.device)
            return self._prior.log().to(counts.dtype)
        power = 1.0 if self.sampling_power is None else self.sampling_power
        return (power * counts.log()).log_softmax(dim=0)

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute the cross entropy of z + τ·log π and the targets: (N,)."""
        adjusted = scores + self.tau * self._log_prior(counts)
        return soft_cross_entropy(adjusted, target, reduction='none')
