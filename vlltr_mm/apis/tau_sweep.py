"""Sweep τ of a trained linear classifier offline."""

from typing import Dict, List, Optional, Sequence

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpretrain.registry import DATASETS, METRICS
from rich.console import Console
from rich.table import Table

from ..engine.tau_selection import find_split_metric, open_validation_images, sweep_on_images
from ..evaluation.functional.tau_sweep import TAU_COLUMNS, best_tau, write_tau_rows
from ..utils.model import build_model
from ..visualization.tau_plot import plot_tau_sweep

DEFAULT_TAUS = tuple(i / 10 for i in range(21))


def run_tau_sweep(
    cfg: Config,
    checkpoint: str,
    taus: Optional[Sequence[float]] = None,
    device: Optional[str] = None,
) -> List[Dict[str, float]]:
    """Do on any machine what ``TauSweepHook`` does before a test.

    Args:
        cfg (Config): of a ``LinearClsHead`` or ``TauNormClsHead``. The images
            are those of its ``TauSweepHook``, or else of its
            ``val_dataloader``.
        checkpoint (str): a checkpoint of that config, or, for a
            ``TauNormClsHead``, of the linear one it stands on.
        taus (Sequence[float], optional): the τ to try. Defaults to None, the
            hook's, or else 0.0, 0.1, …, 2.0.
        device (str, optional): Defaults to None, a GPU where there is one.

    Returns:
        list[dict]: ``tau``, ``top1``, ``many``, ``medium`` and ``few``, in
        percent.

    Raises:
        ValueError: if the head is not linear, the images are the test set,
            or ``test_evaluator`` has no ``ClassSplitAccuracy``.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    hook = next((h for h in cfg.get('custom_hooks') or [] if h.type == 'TauSweepHook'), {})
    loader = cfg.val_dataloader
    images = hook.get('images') or loader.dataset
    test = cfg.test_dataloader.dataset
    dataset = open_validation_images(images, test, DATASETS.build(test))
    model = _load_model(cfg, checkpoint)
    return sweep_on_images(
        model.to(device or get_device()),
        dataset,
        taus or hook.get('taus', DEFAULT_TAUS),
        _build_splits(cfg, dataset),
        hook.get('batch_size', loader.batch_size),
        hook.get('num_workers', loader.get('num_workers', 0)),
    )


def _load_model(cfg: Config, checkpoint: str):
    """Build the model and load its weights, strictly."""
    model = build_model(cfg)
    if not hasattr(model.head, 'fc'):
        raise ValueError(
            f'{cfg.filename}: model.head is {type(model.head).__name__}; a '
            'sweep of τ needs a LinearClsHead or a TauNormClsHead.'
        )
    load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    return model


def _build_splits(cfg: Config, dataset):
    """Build the metric of the test that splits the classes."""
    metrics = cfg.test_evaluator
    metrics = metrics if isinstance(metrics, list) else [metrics]
    splits = find_split_metric([METRICS.build(m) for m in metrics])
    splits.dataset_meta = dataset.metainfo
    return splits


def print_tau_sweep(rows: Sequence[Dict[str, float]], console: Optional[Console] = None):
    """Print one row per τ, the best one in bold.

    Args:
        rows (Sequence[dict]): what ``run_tau_sweep`` gives.
        console (Console, optional): Defaults to None, the terminal.
    """
    best = best_tau(rows)
    table = Table(title=f'Best τ: {best:g} (validation, percent)')
    for name in TAU_COLUMNS:
        table.add_column(name, justify='right')
    for row in rows:
        table.add_row(
            f'{row["tau"]:g}',
            *(f'{row[name]:.2f}' for name in TAU_COLUMNS[1:]),
            style='bold' if row['tau'] == best else None,
        )
    (console or Console()).print(table)


def save_tau_sweep(
    rows: Sequence[Dict[str, float]], csv_file: Optional[str] = None, picture: Optional[str] = None
):
    """Write the rows, draw them, or both.

    Args:
        rows (Sequence[dict]): what ``run_tau_sweep`` gives.
        csv_file (str, optional): Defaults to None, not written.
        picture (str, optional): accuracy against τ. Defaults to None, not
            drawn.
    """
    if csv_file:
        write_tau_rows(csv_file, rows)
    if picture:
        plot_tau_sweep(rows, best_tau(rows), picture)
