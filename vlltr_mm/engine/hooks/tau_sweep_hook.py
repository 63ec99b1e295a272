"""Choose τ on validation images before a test."""

import os.path as osp
from collections.abc import Sequence

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpretrain.registry import DATASETS, HOOKS

from ...evaluation import ClassSplitAccuracy, ClassSplits
from ...evaluation.functional.tau_sweep import best_tau, check_taus, sweep_tau
from ...utils.files import write_csv
from ...utils.model import unwrap_model
from ...visualization import plot_tau_sweep
from ..class_records import compare_data_sets
from ..data import image_config, shared_images
from ..encoding import build_image_bank


@HOOKS.register_module()
class TauSweepHook(Hook):
    """Set ``tau`` of a ``TauNormClsHead`` to the best on validation images.

    At the first batch of a test the images are encoded, with the tested
    weights, and classified with every τ; the one with the best top1 is taken,
    of tied ones the smallest. All accuracies are logged, and written to the
    work dir with a picture of them. Counts, thresholds and rule of the class
    splits are those of the ``ClassSplitAccuracy`` in ``test_evaluator``.

    Args:
        images (str | dict): the validation images: a data set config or the
            name of a loader, as in ``AnSSHook``. The test set is refused.
        taus (Sequence[float]): the τ to try, such as (0.0, 0.1, ..., 2.0)
            written out.
        out_file (str): the CSV file, relative to the work dir; the picture is
            a ``.png`` of the same name beside it. Defaults to
            'tau_sweep.csv'.
        batch_size (int): images encoded at a time. Defaults to 256.
        num_workers (int): loader processes per rank. Defaults to 2.

    Raises:
        ValueError: if ``taus`` is empty or has a negative value.
    """

    def __init__(
        self,
        images: str | dict,
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

    def before_test_iter(self, runner, batch_idx, data_batch=None):
        """Choose τ before the first batch; see ``_sweep``."""
        if batch_idx == 0:
            self._sweep(runner)

    def _sweep(self, runner):
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
        splits = _find_splits(runner.test_evaluator.metrics)
        loader = runner.cfg.get('test_dataloader') or {}
        images = image_config(self.images, runner.cfg)
        dataset = _open_images(images, loader.get('dataset'), runner.test_dataloader.dataset)
        bank = build_image_bank(
            model, dataset, batch_size=self.batch_size, num_workers=self.num_workers
        )
        weight = model.head.fc.weight.detach()
        feats, labels = bank.feats.to(weight.device), bank.labels.to(weight.device)
        rows = sweep_tau(feats, labels, weight, self.taus, splits)
        model.head.tau = best_tau(rows)
        path = osp.join(runner.work_dir, self.out_file)
        if is_main_process():
            write_csv(path, rows[0], [row.values() for row in rows])
            plot_tau_sweep(rows, model.head.tau, f'{osp.splitext(path)[0]}.png')
        runner.logger.info(
            f'Accuracy on {len(dataset)} validation images, in percent; the '
            f'test uses tau={model.head.tau} ({path}):\n{_table(rows)}'
        )


def _find_splits(metrics: Sequence) -> ClassSplits:
    """Return the class splits of a test's metric."""
    for metric in metrics:
        if isinstance(metric, ClassSplitAccuracy):
            return metric.resolve_splits()
    raise ValueError(
        f'test_evaluator is {[type(metric).__name__ for metric in metrics]}; a sweep of τ takes '
        "the class splits from dict(type='ClassSplitAccuracy', ...): add it."
    )


def _open_images(images: dict, test: dict | None, test_dataset):
    """Build the data set that τ is chosen on; refuse the test set.

    Both configs must not name the same data, whatever their pipelines, nor
    may the data sets have an image in common.
    """
    remedy = (
        'τ must not be chosen on test images; name validation images, '
        'or a part of the training set that was held out, in `images`.'
    )
    if test is not None and _without_pipeline(images) == _without_pipeline(test):
        raise ValueError(f'images is the data set of the test: {remedy}')
    dataset = DATASETS.build(images)
    shared = shared_images(dataset, test_dataset)
    if shared:
        raise ValueError(
            f'images has {len(shared)} image(s) of the test set, such as {shared[0]}: {remedy}'
        )
    compare_data_sets(dataset, test_dataset, 'images of TauSweepHook')
    return dataset


def _without_pipeline(cfg: dict) -> dict:
    return {key: value for key, value in cfg.items() if key != 'pipeline'}


def _table(rows: list[dict[str, float]]) -> str:
    """Format a line per τ below the names of the columns."""
    lines = [' '.join(f'{name:>6}' for name in rows[0])]
    return '\n'.join(lines + [' '.join(f'{v:6.2f}' for v in row.values()) for row in rows])
