"""Transforms learn which epoch it is."""

from collections.abc import Iterator

from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class TransformEpochHook(Hook):
    """Tell the transforms of the training set that ask for it which epoch it is.

    Those have ``begin_epoch(epoch, max_epochs)``, as ``ShrinkingSquareCrop``. It
    follows from the runner's epoch alone, so a resumed run goes on right. A
    training set without such transforms is left alone.
    """

    def before_train(self, runner):
        """Check that there are epochs.

        Raises:
            ValueError: if the training counts iterations.
        """
        named = [type(t).__name__ for t in _with_epoch(runner.train_dataloader.dataset)]
        if named and not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise ValueError(
                f'{named[0]} changes with the epochs, but the training counts iterations '
                f'({type(runner.train_loop).__name__}); give train_cfg=dict(by_epoch=True, '
                'max_epochs=...), or another transform.'
            )

    def before_train_epoch(self, runner):
        """Tell the epoch, before loader processes draw its first image."""
        set_transform_epoch(runner.train_dataloader.dataset, runner.epoch, runner.max_epochs)


def set_transform_epoch(dataset, epoch: int, max_epochs: int):
    """Tell the transforms of a data set, also behind wrappers, which epoch it is.

    Args:
        dataset (Dataset): any.
        epoch (int): from 0.
        max_epochs (int): how many there are.
    """
    for transform in _with_epoch(dataset):
        transform.begin_epoch(epoch, max_epochs)


def _with_epoch(part) -> Iterator:
    """Yield what has ``begin_epoch`` in a data set, a transform, or a list of them."""
    if isinstance(part, (list, tuple)):
        for inner in part:
            yield from _with_epoch(inner)
    elif hasattr(part, 'begin_epoch'):
        yield part
    else:
        for name in ('datasets', 'dataset', 'pipeline', 'transforms'):
            inner = getattr(part, name, None)
            if inner is not None:
                yield from _with_epoch(inner)
