"""Check the data of a config: lists, classes, files, pipeline and text."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from mmengine.dataset import COLLATE_FUNCTIONS
from mmpretrain.registry import MODELS
from PIL import Image

from ...datasets.corpus.gathering import gather_text
from ...datasets.corpus.name_cleaning import describe_cleaning, describe_uncleaned
from ...datasets.corpus.text_corpus import corpus_classes
from ...datasets.corpus.tokenizer import build_tokenizer
from ...datasets.text_corpus_dataset import corpus_config
from ...engine.data import LOADERS, image_config, open_images
from ...engine.hooks.transform_epoch_hook import set_transform_epoch
from ...evaluation.functional.class_splits import ClassSplits
from ...utils.dataset_facts import (
    name_set,
    read_classes,
    read_gt_labels,
    read_listed_classes,
    read_metainfo,
    read_training_counts,
)
from .images import are_local, find_bad_images, find_loader, innermost_sets

_NAMED = 3  # bad images that a message names
_MEASURED = 64  # images whose size is looked at to find different ones


@dataclass
class DataReport:
    """The result of ``check_data`` for one data set.

    name: its role, such as 'train'. size: N images. num_classes: C.
    splits: many, medium and few classes, None without training counts.
    sentences: S, None where there is no corpus. input_shape: of an image as
    the model gets it. seconds: of reading lists and text. notes: what to know.
    problems: what would end a run or falsify a number. counts: the training
    images per class. drawn: samples per label, repeated ones included.
    metainfo: of the data set. paths, labels: of its different images. batch: a
    few samples, collated.
    """

    name: str
    size: int = 0
    num_classes: int | None = None
    splits: tuple[int, ...] | None = None
    sentences: int | None = None
    input_shape: tuple[int, ...] = ()
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    counts: np.ndarray | None = field(default=None, repr=False)
    drawn: np.ndarray | None = field(default=None, repr=False)
    metainfo: dict = field(default_factory=dict, repr=False)
    paths: list[str] = field(default_factory=list, repr=False)
    labels: np.ndarray | None = field(default=None, repr=False)
    batch: dict | None = field(default=None, repr=False)


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
    decode: bool = False,
    collate_fn: str = 'default_collate',
) -> DataReport:
    """Read a data set's lists and text, and put a few images through.

    Args:
        name (str): its role, for messages.
        dataset (dict): its config, a ``TextCorpusDataset`` or any other.
        data_preprocessor (dict): config of the model's preprocessor.
        num_files (int, optional): at how many files, evenly spaced, to look.
            Defaults to 2000. None looks at all.
        num_images (int): how many go through the pipeline. Defaults to 4.
        decode (bool): open all files. Defaults to False.
        collate_fn (str): what makes a batch of samples. Defaults to
            'default_collate', as in MMPretrain.

    Returns:
        DataReport: what was found.

    Raises:
        FileNotFoundError: if a list or a text is missing.
        ValueError: if files disagree with one another or with
            ``num_classes``, or a class has no text.
    """
    started = time.perf_counter()
    report = DataReport(name)
    corpus = corpus_config(dataset)
    images = open_images(dataset)
    classes = read_classes(images)
    report.size = len(images)
    report.metainfo = read_metainfo(images)
    report.counts = read_training_counts(images)
    _check_classes(report, classes, data_preprocessor.get('num_classes'))
    report.notes += names_as_read(images, corpus and corpus_classes(corpus, classes))
    if corpus is not None:
        text = gather_text(
            corpus_classes(corpus, classes),
            corpus['sources'],
            build_tokenizer(corpus.get('tokenizer')),
            corpus.get('drop_repeated', False),
        )
        text.check()
        report.sentences = sum(map(len, text.sentences))
        report.notes += [text.warning] if text.warning else []
        if text.num_dropped:
            report.notes.append(f'{text.num_dropped:,} repeated sentences are left out.')
    _list_images(report, images)
    report.seconds = time.perf_counter() - started
    _check_files(report, images, None if decode else num_files, decode)
    if not report.problems:
        _run_pipeline(report, images, data_preprocessor, num_images, collate_fn)
    return report


def names_as_read(images, names: Sequence[str] | None) -> list[str]:
    """Say how class names differ from those listed, or from what they would be without '_'.

    Args:
        images (Dataset): which has the classes.
        names (Sequence[str], optional): those that the text tower reads. None
            where there is no text.

    Returns:
        list[str]: notes, none where nothing differs.
    """
    classes, listed = read_classes(images), read_listed_classes(images)
    changed = listed and classes and describe_cleaning(listed, classes)
    plain = names is not None and describe_uncleaned(names)
    return [f'Class names: {said}.' for said in (changed, plain) if said]


def _check_classes(report: DataReport, classes: Sequence[str] | None, expected: int | None):
    """Compare the classes with those of the model; note the splits."""
    if classes is not None:
        report.num_classes = len(classes)
        if expected is not None and len(classes) != expected:
            raise ValueError(
                f'the data set has {len(classes)} classes, but data_preprocessor.num_classes is '
                f'{expected}; make them agree.'
            )
    if report.counts is not None:
        masks = ClassSplits(report.counts).masks
        report.splits = tuple(int(mask.sum()) for mask in masks.values())
        empty = int((report.counts == 0).sum())
        if empty:
            report.notes.append(f'{empty} classes have no training image.')


def _list_images(report: DataReport, images):
    """Collect the paths and labels of the different images, where samples are files."""
    if not len(images):
        raise ValueError(f'{name_set(images)} has no sample; correct its list or folder.')
    parts = list(innermost_sets(images))
    if not all(hasattr(part, 'get_data_info') for part in parts):
        return
    infos = [[part.get_data_info(i) for i in range(len(part))] for part in parts]
    if all('gt_label' in info for part in infos for info in part):  # a test may have none
        report.labels = np.concatenate([read_gt_labels(part) for part in parts])
        report.drawn = np.bincount(read_gt_labels(images))
    paths = [info.get('img_path') for part in infos for info in part]
    report.paths = [] if None in paths else paths


def _spaced(total: int, wanted: int | None) -> list[int]:
    """Return at most ``wanted`` evenly spaced indices below ``total``."""
    if wanted is None or wanted >= total:
        return list(range(total))
    return np.linspace(0, total - 1, wanted).astype(int).tolist()


def _check_files(report: DataReport, images, num_files: int | None, decode: bool):
    """Check that image files are where the lists say, and are images."""
    start = 0
    for part in innermost_sets(images):
        own = report.paths[start : start + len(part)]
        start += len(own)
        if not own or not are_local(part):
            continue
        own = list(dict.fromkeys(own))
        chosen = [own[i] for i in _spaced(len(own), num_files)]
        bad = find_bad_images(chosen, find_loader(part), decode, report.name)
        if bad:
            missing = sum('does not exist' in fault for _, fault in bad)
            remedy = (
                'unpack them there or correct data_root or data_prefix'
                if missing == len(bad)
                else 'repair them or take them out of the list'
            )
            report.problems.append(
                f'{len(bad)} of {len(chosen)} images looked at cannot be used, such as '
                + '; '.join(f'{path}: {fault}' for path, fault in bad[:_NAMED])
                + f'. {remedy[0].upper()}{remedy[1:]}.'
            )


def _run_pipeline(
    report: DataReport, images, data_preprocessor: dict, num_images: int, collate_fn: str
):
    """Make a batch of a few images, of different sizes where there are such."""
    set_transform_epoch(images, 0, 1)
    samples = [images[i] for i in _of_different_sizes(report, images, num_images)]
    shapes = {
        tuple(s['inputs'].shape): s['data_samples'].get('img_path')
        for s in samples
        if isinstance(s, dict) and hasattr(s.get('inputs'), 'shape')
    }
    if len(shapes) > 1 and 'pseudo' not in collate_fn:
        (one, first), (other, second) = [*shapes.items()][:2]
        report.problems.append(
            f'images leave the pipeline in different sizes, such as {one} ({first}) and {other} '
            f'({second}), and cannot be put into one batch; add a Resize, or a ResizeEdge and a '
            'CenterCrop, to the pipeline.'
        )
        return
    report.batch = COLLATE_FUNCTIONS.get(collate_fn)(samples)
    preprocessor = MODELS.build(dict(dict(type='ClsDataPreprocessor'), **data_preprocessor))
    inputs = preprocessor(report.batch)['inputs']
    views = inputs if isinstance(inputs, list) else [inputs]
    report.input_shape = tuple(views[0].shape[1:])


def _of_different_sizes(report: DataReport, images, wanted: int) -> list[int]:
    """Return the indices of a few samples, spaced, first those of different sizes."""
    chosen = _spaced(len(images), wanted)
    if len(report.paths) != len(images):
        return chosen
    sizes = {}
    for index in _spaced(len(images), _MEASURED):
        try:
            with Image.open(report.paths[index]) as image:  # reads the header only
                sizes.setdefault(image.size, index)
        except (OSError, ValueError):
            return chosen  # in a form of their own
    return [*sizes.values(), *chosen][: max(wanted, 2)]
