"""The corpus and the images that the settings of a hook stand for."""

from collections.abc import Sequence

from mmengine.config import Config
from torch.utils.data import Dataset

from ..datasets import TextCorpus
from ..datasets.text_corpus_dataset import (
    corpus_config,
    evaluation_config,
    find_corpus,
    first_pipeline,
)

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
