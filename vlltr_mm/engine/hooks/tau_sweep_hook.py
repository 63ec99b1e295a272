"""Choose τ on validation images before a test."""

import os.path as osp
from typing import Sequence

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ...evaluation.functional.tau_sweep import TAU_COLUMNS, best_tau, check_taus, write_tau_rows
from ...utils.model import unwrap_model
from ..tau_selection import find_split_metric, open_validation_images, sweep_on_images


@HOOKS.register_module()
class TauSweepHook(Hook):
    """Set ``tau`` of a ``TauNormClsHead`` to the best on validation images.

    Before a test the images are encoded once and classified with every τ; the
    one with the best top1 is taken, of tied ones the smallest. All accuracies
    are logged and written to the work dir. Counts, thresholds and rule of the
    class splits are those of the ``ClassSplitAccuracy`` in
    ``test_evaluator``.

    Args:
        images (dict): the config of the validation images' data set, with an
            evaluation pipeline. The test set is refused.
        taus (Sequence[float]): the τ to try, such as (0.0, 0.1, ..., 2.0)
            written out.
        out_file (str): the CSV file, relative to the work dir. Defaults to
            'tau_sweep.csv'.
        batch_size (int): images encoded at a time. Defaults to 256.
        num_workers (int): loader processes per rank. Defaults to 2.

    Raises:
        ValueError: if ``taus`` is empty or has a negative value.
    """

    # After hooks that exchange the model's weights.
    priority = 'LOW'

    def __init__(
        self,
        images: dict,
        taus: Sequence[float],
        out_file: str = 'tau_sweep.csv',
        batch_size: int = 256,
        num_workers: int = 2,
    ):
        check_taus(taus)
        self.images = images
        self.taus = tuple(taus)
        self.out_file = out_file
        self.batch_size = batch_size
        self.num_workers = num_workers

    def before_test_epoch(self, runner):
        """Choose τ, with the tested weights.

        Raises:
            ValueError: if the head has no τ, ``images`` is the test set, or
                ``test_evaluator`` has no ``ClassSplitAccuracy``.
        """
        model = unwrap_model(runner.model)
        if not hasattr(model.head, 'tau'):
            raise ValueError(
                'TauSweepHook needs a TauNormClsHead, but model.head is '
                f'{type(model.head).__name__}; change it or remove the hook.'
            )
        splits = find_split_metric(runner.test_evaluator.metrics)
        loader = runner.cfg.get('test_dataloader') or {}
        dataset = open_validation_images(
            self.images, loader.get('dataset'), runner.test_dataloader.dataset
        )
        rows = sweep_on_images(model, dataset, self.taus, splits, self.batch_size, self.num_workers)
        model.head.tau = best_tau(rows)
        path = osp.join(runner.work_dir, self.out_file)
        if is_main_process():
            write_tau_rows(path, rows)
        lines = [' '.join(f'{name:>6}' for name in TAU_COLUMNS)] + [
            ' '.join(f'{row[name]:6.2f}' for name in TAU_COLUMNS) for row in rows
        ]
        runner.logger.info(
            f'Accuracy on {len(dataset)} validation images, in percent; the '
            f'test uses tau={model.head.tau} ({path}):\n' + '\n'.join(lines)
        )
