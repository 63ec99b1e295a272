"""Check the data of a config: lists, classes, files, pipeline and text."""

import os.path as osp
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from mmengine.dataset import default_collate
from mmpretrain.registry import DATASETS, MODELS

from ...datasets.corpus.text_corpus import gather_sentences
from ...datasets.text_corpus_dataset import corpus_config, image_set_config
from ...engine.data import LOADERS, image_config
from ...evaluation.functional.class_splits import ClassSplits


@dataclass
class DataReport:
    """The result of ``check_data`` for one data set.

    name: its role, such as 'train'. size: N images. num_classes: C.
    splits: many, medium and few classes, None without training counts.
    sentences: S, None where there is no corpus. input_shape: of an image as
    the model gets it. seconds: of reading lists and text. notes: what to know.
    """

    name: str
    size: int = 0
    num_classes: int | None = None
    splits: tuple[int, ...] | None = None
    sentences: int | None = None
    input_shape: tuple[int, ...] = ()
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def data_roles(cfg) -> list[tuple[str, dict]]:
    """List the data sets of a config, each distinct one once.

    Args:
        cfg (Config): with the usual loaders, and hooks with ``images``.

    Returns:
        list[tuple[str, dict]]: role, such as 'val, test', and config.
    """
    roles = [(name.split('_')[0], cfg[name].dataset) for name in LOADERS if cfg.get(name)]
    roles += [
        (f'images of {hook.type}', image_config(hook.images, cfg))
        for hook in cfg.get('custom_hooks', [])
        if hook.get('images') and (hook.images not in LOADERS or cfg.get(hook.images))
    ]
    merged = []
    for role, dataset in roles:
        same = [i for i, (_, d) in enumerate(merged) if d == dataset]
        if same:
            merged[same[0]] = f'{merged[same[0]][0]}, {role}', dataset
        else:
            merged.append((role, dataset))
    return merged


def check_data(
    name: str,
    dataset: dict,
    data_preprocessor: dict,
    num_files: int | None = 2000,
    num_images: int = 4,
) -> DataReport:
    """Read a data set's lists and text, and put a few images through.

    Args:
        name (str): its role, for messages.
        dataset (dict): its config, a ``TextCorpusDataset`` or any other.
        data_preprocessor (dict): config of the model's preprocessor.
        num_files (int, optional): of how many files, evenly spaced, to ask
            whether they exist. Defaults to 2000. None asks of all.
        num_images (int): how many go through the pipeline. Defaults to 4.

    Returns:
        DataReport: what was found.

    Raises:
        FileNotFoundError: if a list, an image or a text is missing.
        ValueError: if files disagree with one another or with
            ``num_classes``, or a class has no text.
    """
    started = time.perf_counter()
    report = DataReport(name)
    corpus = corpus_config(dataset)
    images = DATASETS.build(image_set_config(dataset))
    if hasattr(images, 'full_init'):
        images.full_init()
    classes = images.metainfo.get('classes')
    report.size = len(images)
    _check_classes(
        report, classes, images.metainfo.get('class_counts'), data_preprocessor.get('num_classes')
    )
    if corpus is not None:
        sentences, warning = gather_sentences(corpus.get('classes', classes), corpus['sources'])
        report.sentences = sum(map(len, sentences))
        report.notes += [warning] if warning else []
    report.seconds = time.perf_counter() - started
    _check_files(images, num_files)
    report.input_shape = _run_pipeline(images, data_preprocessor, num_images)
    return report


def _check_classes(
    report: DataReport,
    classes: Sequence[str] | None,
    class_counts: Sequence[int] | None,
    expected: int | None,
):
    """Compare the classes with those of the model; note the splits."""
    if classes is not None:
        report.num_classes = len(classes)
        if expected is not None and len(classes) != expected:
            raise ValueError(
                f'the data set has {len(classes)} classes, but data_preprocessor.num_classes is '
                f'{expected}; make them agree.'
            )
    if class_counts is not None:
        masks = ClassSplits(class_counts).masks
        report.splits = tuple(int(mask.sum()) for mask in masks.values())
        empty = int((np.asarray(class_counts) == 0).sum())
        if empty:
            report.notes.append(f'{empty} classes have no training image.')


def _spaced(total: int, wanted: int | None) -> list[int]:
    """Return at most ``wanted`` evenly spaced indices below ``total``."""
    if wanted is None or wanted >= total:
        return list(range(total))
    return np.linspace(0, total - 1, wanted).astype(int).tolist()


def _check_files(images, num_files: int | None):
    """Check that image files are where the lists say."""
    if not hasattr(images, 'get_data_info'):
        return
    chosen = _spaced(len(images), num_files)
    paths = [images.get_data_info(i).get('img_path') for i in chosen]
    missing = [p for p in paths if p and not osp.isfile(p)]
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} of {len(chosen)} images looked for do not exist, such as '
            f'{missing[0]}; unpack them there or correct data_root or data_prefix.'
        )


def _run_pipeline(images, data_preprocessor: dict, num_images: int) -> tuple[int, ...]:
    """Return the shape of an image as the model would get it."""
    batch = default_collate([images[i] for i in _spaced(len(images), num_images)])
    preprocessor = MODELS.build(dict(dict(type='ClsDataPreprocessor'), **data_preprocessor))
    return tuple(preprocessor(batch)['inputs'].shape[1:])
