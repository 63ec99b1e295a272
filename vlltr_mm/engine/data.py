"""The corpus and the images that the settings of a hook stand for."""

import hashlib
import os.path as osp
from collections.abc import Sequence

import numpy as np
from mmengine.config import Config
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..datasets import TextCorpus
from ..datasets.text_corpus_dataset import (
    corpus_config,
    evaluation_config,
    find_corpus,
    first_pipeline,
    image_set_config,
    innermost_configs,
)
from ..utils.annotation_list import read_annotation_list
from ..utils.dataset_facts import name_set

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def open_corpus(
    corpus: dict | None,
    cfg: Config,
    classes: Sequence[str] | None,
    train_set: Dataset | None = None,
) -> TextCorpus:
    """Return the corpus of a hook, by default the training set's.

    Args:
        corpus (dict, optional): the arguments of a ``TextCorpus``. None is
            the corpus of the training set.
        cfg (Config): has the training set where that is not built.
        classes (Sequence[str], optional): C class names, if known.
        train_set (Dataset, optional): the built training set, whose open
            corpus is shared. Defaults to None.

    Raises:
        ValueError: if the training set has no corpus, or not C classes.
    """
    if corpus is None:
        corpus = find_corpus(train_set)
    if corpus is None:
        corpus = corpus_config((cfg.get('train_dataloader') or {}).get('dataset'))
    if corpus is None:
        raise ValueError(
            'The training set has no corpus: train_dataloader.dataset is no TextCorpusDataset; '
            'make it one, or give the hook corpus=dict(sources=[...]).'
        )
    return TextCorpus.from_cfg(corpus, classes)


def image_config(images: str | dict | None, cfg: Config) -> dict | None:
    """Return the data set config that the ``images`` of a hook stand for.

    Args:
        images (str | dict, optional): a data set config; or one of
            ``LOADERS``, for the images of its data set, each once, seen
            through the pipeline of the validation.
        cfg (Config): with the loaders.

    Raises:
        ValueError: if there is no such loader, or no evaluation pipeline.
    """
    if not isinstance(images, str):
        return images
    loaders = {name: cfg.get(name) for name in LOADERS if cfg.get(name)}
    if images not in loaders:
        raise ValueError(
            f"images is '{images}'; allowed are a data set config and the loaders of the config, "
            f'{", ".join(map(repr, loaders))}.'
        )
    # The validation may be switched off.
    seen = loaders.get('val_dataloader') or loaders.get('test_dataloader') or {}
    pipeline = first_pipeline(seen.get('dataset', {}))
    if pipeline is None:
        raise ValueError(
            f"images is '{images}', but neither val_dataloader nor test_dataloader has a data set "
            'with a pipeline to see them through; give images=dict(type=..., pipeline=...).'
        )
    return evaluation_config(loaders[images]['dataset'], pipeline)


def open_images(cfg: dict) -> Dataset:
    """Build the images of a data set's config, without their text, and read its lists.

    Args:
        cfg (dict): of a ``TextCorpusDataset``, of any other, or of a wrapper.

    Returns:
        Dataset: with its annotations.

    Raises:
        ValueError: naming the list, and the line where it is one of 'path
            label' lines, for an error of the host's that names neither.
    """
    try:
        images = DATASETS.build(image_set_config(cfg))
        if hasattr(images, 'full_init'):
            images.full_init()
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        for part in innermost_configs(cfg):
            file = _list_of(part)
            if file and file not in str(error):
                read_annotation_list(file)  # names the line
                raise ValueError(f'{part["type"]} ({file}): {error}') from error
        raise
    return images


def check_no_test_images(dataset: Dataset, cfg: Config, remedy: str):
    """Refuse images that something is to be chosen on, where they are of the test.

    Args:
        dataset (Dataset): the images.
        cfg (Config): whose ``test_dataloader`` names the test set.
        remedy (str): how to name others.

    Raises:
        ValueError: naming one of those that stand in both.
    """
    if not cfg.get('test_dataloader'):
        return
    shared = shared_images(dataset, open_images(cfg.test_dataloader.dataset))
    if shared:
        raise ValueError(
            f'{len(shared)} of the {len(dataset)} images of {name_set(dataset)} are in the test '
            f'set of {cfg.filename}, such as {shared[0]}: nothing may be chosen on test images. '
            f'{remedy}'
        )


def shared_images(dataset: Dataset, other: Dataset) -> list[str]:
    """List the images that stand in two data sets.

    Args:
        dataset (Dataset): any.
        other (Dataset): any.

    Returns:
        list[str]: files; where images have none, digests of pixels or stored
        features, unless they are less than a tenth of a set: a few pictures
        are twice in most sets. Empty where samples tell nothing.
    """
    keys, others = _image_keys(dataset), _image_keys(other)
    shared = sorted(keys & others)
    if 10 * len(shared) < min(len(keys), len(others)):
        shared = [key for key in shared if osp.isabs(key)]
    return shared


def _image_keys(dataset: Dataset) -> set[str]:
    """Return the absolute path of each image, or else a digest of its content."""
    if not hasattr(dataset, 'get_data_info'):
        return set()
    return {*map(_image_key, map(dataset.get_data_info, range(len(dataset))))} - {None}


def _image_key(info: dict) -> str | None:
    if info.get('img_path') is not None:
        return osp.abspath(info['img_path'])
    content = info.get('img', info.get('feats'))
    if content is None:
        return None
    return hashlib.sha256(np.ascontiguousarray(content).tobytes()).hexdigest()


def _list_of(cfg: dict) -> str | None:
    """Return the list file of a stock data set, or None."""
    name = cfg.get('ann_file')
    if not cfg.get('with_label', True) or not isinstance(name, str) or not name:
        return None
    if name.endswith(('.json', '.pkl')):
        return None
    file = osp.expanduser(osp.join(cfg.get('data_root') or '', name))
    return file if osp.isfile(file) else None


def check_no_skipping(cfg: Config):
    """Refuse evaluation pipelines that replace an image by another.

    Args:
        cfg (Config): with the loaders.

    Raises:
        ValueError: if images of a validation or test may be skipped.
    """
    seen = {f'{name}.dataset': (cfg.get(name) or {}).get('dataset') for name in LOADERS[1:]}
    for hook in cfg.get('custom_hooks') or []:
        if isinstance(hook.get('images'), dict):
            seen[f'images of {hook["type"]}'] = hook['images']
    for owner, dataset in seen.items():
        for part in innermost_configs(dataset) if dataset else ():
            for transform in part.get('pipeline') or ():
                if transform.get('max_skipped') or transform.get('ignore_empty'):
                    raise ValueError(
                        f'The pipeline of {owner} may skip images that cannot be read '
                        f'({dict(transform)}), and an accuracy would be that of others drawn in '
                        'their place; skip in the training only.'
                    )
