"""Choose τ of a linear classifier on validation images."""

import os.path as osp
from typing import Dict, List, Optional, Sequence

from mmpretrain.registry import DATASETS
from torch import nn

from ..evaluation import ClassSplitAccuracy
from ..evaluation.functional.tau_sweep import sweep_tau
from .encoding import build_image_bank


def open_validation_images(images: dict, test: Optional[dict], test_dataset):
    """Build the data set that τ is chosen on, which must not be the test set.

    Args:
        images (dict): its config.
        test (dict, optional): the config of the test set, where there is one.
        test_dataset (Dataset): the test set.

    Returns:
        Dataset: of ``images``.

    Raises:
        ValueError: if both configs name the same data, whatever their
            pipelines, or both data sets have an image file in common.
    """
    remedy = (
        'τ must not be chosen on test images; name validation images, '
        'or a part of the training set that was held out, in `images`.'
    )
    if test is not None and _without_pipeline(images) == _without_pipeline(test):
        raise ValueError(f'images is the data set of the test: {remedy}')
    dataset = DATASETS.build(images)
    shared = sorted(_image_files(dataset) & _image_files(test_dataset))
    if shared:
        raise ValueError(
            f'images has {len(shared)} image(s) of the test set, such as {shared[0]}: {remedy}'
        )
    return dataset


def _without_pipeline(cfg: dict) -> dict:
    return {key: value for key, value in cfg.items() if key != 'pipeline'}


def _image_files(dataset) -> set:
    """Collect the image files; none where samples are not files."""
    if not hasattr(dataset, 'get_data_info'):
        return set()
    infos = map(dataset.get_data_info, range(len(dataset)))
    return {osp.abspath(i['img_path']) for i in infos if 'img_path' in i}


def find_split_metric(metrics: Sequence) -> ClassSplitAccuracy:
    """Find the metric that says how classes are split.

    Args:
        metrics (Sequence[BaseMetric]): of an evaluator.

    Raises:
        ValueError: if there is no ``ClassSplitAccuracy``.
    """
    for metric in metrics:
        if isinstance(metric, ClassSplitAccuracy):
            return metric
    raise ValueError(
        'test_evaluator is '
        f'{[type(metric).__name__ for metric in metrics]}; a sweep of τ takes '
        "the class splits from dict(type='ClassSplitAccuracy', ...): add it."
    )


def sweep_on_images(
    model: nn.Module,
    dataset,
    taus: Sequence[float],
    splits: ClassSplitAccuracy,
    batch_size: int = 256,
    num_workers: int = 0,
) -> List[Dict[str, float]]:
    """Encode images once and classify them with every τ.

    Args:
        model (nn.Module): with ``head.fc``.
        dataset (Dataset): the images, with an evaluation pipeline.
        taus (Sequence[float]): the τ to try.
        splits (ClassSplitAccuracy): gives training counts and class splits.
        batch_size (int): images encoded at a time. Defaults to 256.
        num_workers (int): loader processes per rank. Defaults to 0.

    Returns:
        list[dict]: what ``sweep_tau`` gives, the same on every rank.
    """
    counts = splits.resolve_class_counts()
    weight = model.head.fc.weight.detach()
    bank = build_image_bank(model, dataset, batch_size=batch_size, num_workers=num_workers)
    return sweep_tau(
        bank.feats.to(weight.device),
        bank.labels.to(weight.device),
        weight,
        taus,
        counts,
        splits.thresholds,
        splits.rule,
    )
