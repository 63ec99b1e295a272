"""Metrics learn the training counts of wrapped data sets."""

from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ...utils.dataset_facts import read_metainfo


@HOOKS.register_module()
class TrainingCountsHook(Hook):
    """Tell metrics the classes and training counts of what they evaluate.

    MMEngine tells them the metainfo of a data set, and its wrappers keep that
    of what they wrap: a ``KFoldDataset`` the counts of all folds, a
    ``ConcatDataset`` those of its first part. Many, medium and few then go by
    images that were not trained on.
    """

    def before_val(self, runner):
        """Tell the validation metrics."""
        runner.val_evaluator.dataset_meta = read_metainfo(runner.val_dataloader.dataset)

    def before_test(self, runner):
        """Tell the test metrics."""
        runner.test_evaluator.dataset_meta = read_metainfo(runner.test_dataloader.dataset)
