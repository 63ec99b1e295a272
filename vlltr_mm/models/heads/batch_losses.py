"""Losses and accuracies of a batch, for heads with one score or several logits."""

import torch
import torch.nn.functional as F
from mmpretrain.evaluation.metrics import Accuracy
from mmpretrain.structures import DataSample
from torch import Tensor, nn


def batch_losses(
    loss_module: nn.Module, logits: dict[str, Tensor], data_samples: list[DataSample], **kwargs
) -> dict[str, Tensor]:
    """Compute the loss of each of several logits with the targets of a batch.

    Args:
        loss_module (nn.Module): a classification loss of MMPretrain. One with
            ``use_soft`` gets labels as one-hot targets.
        logits (dict[str, Tensor]): name of the loss → (N, C).
        data_samples (list[DataSample]): with ``gt_label``, or ``gt_score``
            (C,) from batch augmentations.
        **kwargs: for the loss.

    Returns:
        dict[str, Tensor]: name → loss, the mean over N.
    """
    target = _targets(data_samples)
    if target.ndim == 1 and getattr(loss_module, 'use_soft', False):
        target = F.one_hot(target, next(iter(logits.values())).shape[1]).float()
    kwargs = dict(avg_factor=len(target), **kwargs)
    return {name: loss_module(own, target, **kwargs) for name, own in logits.items()}


def batch_accuracies(
    scores: Tensor, data_samples: list[DataSample], topk: int | tuple[int, ...]
) -> dict[str, Tensor]:
    """Compute the accuracies that ``ClsHead`` logs in training.

    Args:
        scores (Tensor): (N, C), of any sign.
        data_samples (list[DataSample]): with ``gt_label``.
        topk (int | tuple[int, ...]): as of ``ClsHead``.

    Returns:
        dict[str, Tensor]: ``accuracy_top-k`` in percent, for each k.

    Raises:
        ValueError: if batch augmentations have mixed the labels.
    """
    labels = labels_of(data_samples, 'cal_acc is True')
    topk = (topk,) if isinstance(topk, int) else tuple(topk)
    # No threshold: scores may be below 0.
    found = Accuracy.calculate(scores.detach(), labels, topk=topk, thrs=(None,))
    return {f'accuracy_top-{k}': value for k, value in zip(topk, found)}


def labels_of(data_samples: list[DataSample], reason: str) -> Tensor:
    """Return the labels (N,) of a batch.

    Args:
        data_samples (list[DataSample]): with ``gt_label``.
        reason (str): why labels are needed, for the message.

    Raises:
        ValueError: if batch augmentations have mixed the labels.
    """
    labels = _targets(data_samples)
    if labels.ndim > 1:
        raise ValueError(
            f'{reason}, but the batch augmentations of model.train_cfg (Mixup, CutMix) leave no '
            'image a class of its own; leave one of the two out.'
        )
    return labels


def _targets(data_samples: list[DataSample]) -> Tensor:
    """Return the labels (N,), or the shares of the classes (N, C) of mixed images."""
    if 'gt_score' in data_samples[0]:
        return torch.stack([sample.gt_score for sample in data_samples])
    return torch.cat([sample.gt_label for sample in data_samples])
