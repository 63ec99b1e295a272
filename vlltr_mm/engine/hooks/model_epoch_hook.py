"""Parts of a model learn which epoch it is."""

from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop
from mmpretrain.registry import HOOKS
from torch import nn


@HOOKS.register_module()
class ModelEpochHook(Hook):
    """Tell the parts of the model that ask for it which epoch it is.

    Those have ``begin_epoch(epoch, max_epochs)``, as ``BBNClassifier``. It
    follows from the runner's epoch alone, so a resumed run goes on right. A
    model without such parts is left alone.
    """

    def before_train(self, runner):
        """Check that there are epochs.

        Raises:
            ValueError: if the training counts iterations.
        """
        named = [type(part).__name__ for part in _with_epoch(runner.model)]
        if named and not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise ValueError(
                f'{named[0]} changes with the epochs, but the training counts iterations '
                f'({type(runner.train_loop).__name__}); give train_cfg=dict(by_epoch=True, '
                'max_epochs=...).'
            )

    def before_train_epoch(self, runner):
        """Tell the epoch."""
        for part in _with_epoch(runner.model):
            part.begin_epoch(runner.epoch, runner.max_epochs)


def _with_epoch(model: nn.Module) -> list[nn.Module]:
    """Return what has ``begin_epoch``, behind any wrapper of the model."""
    return [module for module in model.modules() if hasattr(module, 'begin_epoch')]
