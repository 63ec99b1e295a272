"""Weigh the classes in the last epochs only."""

from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS
from torch import nn


@HOOKS.register_module()
class DeferredReweightingHook(Hook):
    """Switch the class-balanced weights of the losses on late (DRW).

    Every loss of the model that has a bool ``reweight`` (``LDAMLoss``,
    ``ClassBalancedCELoss``, ``ClassBalancedFocalLoss``, or your own) has it
    False before the epoch ``begin`` and True from then on. It follows from
    the runner's epoch alone, so a resumed run goes on right. Source: Cao et
    al., Learning Imbalanced Datasets with Label-Distribution-Aware Margin
    Loss, NeurIPS 2019.

    Args:
        begin (int): epochs without the weights, ≥ 0; the paper has 160 of
            200 on CIFAR.

    Raises:
        ValueError: if begin is negative.
    """

    def __init__(self, begin: int):
        if begin < 0:
            raise ValueError(f'begin is {begin}; give the number of epochs without weights, >= 0.')
        self.begin = begin

    def before_train(self, runner):
        """Check that a loss can be switched, before training ends.

        Raises:
            ValueError: if no loss can be switched or training ends before.
        """
        if not _switchable(runner.model):
            raise ValueError(
                'DeferredReweightingHook finds no loss with a bool '
                "'reweight' in the model; use LDAMLoss, ClassBalancedCELoss "
                'or ClassBalancedFocalLoss, or remove the hook.'
            )
        if self.begin >= runner.max_epochs:
            raise ValueError(
                f'begin is {self.begin}, but training has {runner.max_epochs} epochs (an '
                'iteration-based loop counts as one); give a smaller begin, or remove the hook.'
            )

    def before_train_epoch(self, runner):
        """Set the weights of this epoch on or off."""
        on = runner.epoch >= self.begin
        for loss in _switchable(runner.model):
            if loss.reweight != on:
                runner.logger.info(
                    f'{type(loss).__name__}: class weights '
                    f'{"on" if on else "off"} from epoch {runner.epoch + 1}'
                )
            loss.reweight = on


def _switchable(model: nn.Module) -> list[nn.Module]:
    """Find the losses, behind any wrapper of the model."""
    return [
        module for module in model.modules() if isinstance(getattr(module, 'reweight', None), bool)
    ]
