"""Test with several crops of each image."""

import math

import torch
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS
from torch import Tensor

from ...utils.model import unwrap_model

AVERAGES = ('logits', 'scores')


@HOOKS.register_module()
class CropEnsembleHook(Hook):
    """Let the head predict from the mean over the crops of each image.

    The test pipeline gives K crops of an image (``CropStack``). All go through
    the network, and what the head computes of them, (N·K, C), becomes one row
    per image before the head's own prediction step: metrics and files of
    predictions are as without. It works for any classifier whose head computes
    logits in ``forward``. Those of ``LGRHead`` are the logarithm of its score:
    the mean of them is the geometric mean of the scores. Source: test-time
    ensembling of LIFT (Shi et al., ICML 2024, arXiv 2309.10019).

    Args:
        average (str): 'logits'; or 'scores', the mean of the softmax of each
            crop. Defaults to 'logits'.

    Raises:
        ValueError: if ``average`` is unknown.
    """

    def __init__(self, average: str = 'logits'):
        if average not in AVERAGES:
            raise ValueError(
                f"average is '{average}'; allowed are {' and '.join(map(repr, AVERAGES))}."
            )
        self.average = average
        self._crops: int | None = None  # of the batch that is on its way
        self._handles = []

    def before_test(self, runner):
        """Reach into the model.

        Raises:
            ValueError: if it is no classifier.
        """
        model = unwrap_model(runner.model)
        if getattr(model, 'head', None) is None:
            raise ValueError(
                f'model is {type(model).__name__}, without a head; CropEnsembleHook tests '
                'classifiers. Remove it, and CropStack from the test pipeline.'
            )
        self._crops = None
        self._handles = [
            model.data_preprocessor.register_forward_pre_hook(self._flatten),
            model.head.register_forward_hook(self._merge),
        ]

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Check that the crops of the batch became one prediction for each image.

        Raises:
            ValueError: if the head predicts without its ``forward``.
        """
        if self._crops is not None:
            raise ValueError(
                f'{type(unwrap_model(runner.model).head).__name__} predicts without its forward, '
                'so that the crops of an image cannot be averaged; remove CropEnsembleHook, and '
                'CropStack from the test pipeline.'
            )

    def after_test(self, runner):
        """Leave the model as it was."""
        for handle in self._handles:
            handle.remove()

    def _flatten(self, preprocessor, args: tuple) -> tuple:
        """Put the crops of all images side by side, (N·K, 3, H, W)."""
        data, *rest = args
        inputs = data['inputs']
        if isinstance(inputs, Tensor) and inputs.ndim == 5:  # default_collate
            self._crops, inputs = inputs.shape[1], inputs.flatten(0, 1)
        elif isinstance(inputs, (list, tuple)) and inputs[0].ndim == 4:  # pseudo_collate
            self._crops = len(inputs[0])
            inputs = [crop for image in inputs for crop in image]
        return (dict(data, inputs=inputs), *rest)

    def _merge(self, head, args: tuple, logits: Tensor) -> Tensor:
        """Return one row for each image."""
        if self._crops is None:
            raise ValueError(
                'CropEnsembleHook got one view of each image; put dict(type=CropStack, size=...) '
                'in the place of the last crop of the test pipeline, or test with --tte instead.'
            )
        crops, self._crops = self._crops, None
        return average_crops(logits.unflatten(0, (-1, crops)), self.average)


def average_crops(logits: Tensor, average: str = 'logits') -> Tensor:
    """Return the mean over the crops of each image, as logits.

    Args:
        logits (Tensor): (N, K, C).
        average (str): 'logits'; or 'scores', whose result has the mean of the
            crops' softmax as its own softmax. Defaults to 'logits'.

    Returns:
        Tensor: (N, C), in float32 at least.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if average == 'logits':
        return logits.mean(dim=1)
    return logits.log_softmax(dim=2).logsumexp(dim=1) - math.log(logits.shape[1])
