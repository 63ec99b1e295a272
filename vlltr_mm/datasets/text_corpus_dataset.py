"""Images with one sentence of their class each."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..utils.dataset_facts import read_gt_labels
from ..utils.image_files import naming_the_image
from .corpus.text_corpus import TextCorpus
from .wrapped_dataset import WrappedDataset

# Wrappers that show images again.
_REPEATING = ('RepeatDataset', 'ClassBalancedDataset', 'DualSampleDataset')


@DATASETS.register_module()
class TextCorpusDataset(WrappedDataset):
    """Add one sentence of its class to each sample of a data set.

    As in VL-LTR (arXiv 2111.13579) the sentence is drawn uniformly from
    all sentences of the class, anew at each access, by the generator of the
    loader's worker. It is the field ``text_tokens`` (L,) int64 of the packed
    sample, not padded but by tokenizers that pad with another id than 0;
    ``text_index`` is its place in the corpus, 0 .. S-1.

    Args:
        dataset (str | dict | Dataset): any classification data set of
            MMPretrain, or a wrapper of some, whose pipeline ends with
            ``PackInputs``. A name is that of its type.
        corpus (dict | TextCorpus): the sentences; without ``classes`` those
            of the data set's metainfo are taken.
        **kwargs: the arguments of a data set that is given by its name.

    Raises:
        TypeError: if there are arguments for a data set that is not named.
        ValueError: if the classes are unknown, or corpus and data set have
            not the same number of them.
    """

    def __init__(self, dataset: str | dict | Dataset, corpus: dict | TextCorpus, **kwargs):
        if isinstance(dataset, str):
            dataset = dict(kwargs, type=dataset)
        elif kwargs:
            raise TypeError(
                f'TextCorpusDataset got {sorted(kwargs)} beside a whole data set; put them into '
                "it, or name its type, such as dataset='ImageNetLT'."
            )
        super().__init__(dataset)
        self.corpus = TextCorpus.from_cfg(corpus, self._classes)

    @property
    def pipeline(self):
        """Transforms of the wrapped data set, also behind wrappers; may be set."""
        return self._with_pipeline().pipeline

    @pipeline.setter
    def pipeline(self, pipeline):
        self._with_pipeline().pipeline = pipeline

    def get_data_info(self, idx: int) -> dict:
        """Return the annotation of a sample."""
        return self.dataset.get_data_info(idx)

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the class of a sample, in a list."""
        return [int(self.get_data_info(idx)['gt_label'])]

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of all samples, (N,) int64."""
        return read_gt_labels(self.dataset)

    def get_subset(self, indices: Sequence[int] | int) -> 'TextCorpusDataset':
        """Return a data set of some of the samples, with the same corpus."""
        return TextCorpusDataset(self.dataset.get_subset(indices), self.corpus)

    def get_subset_(self, indices: Sequence[int] | int):
        """Keep only some samples, in place."""
        self.dataset.get_subset_(indices)

    def _with_pipeline(self):
        """Return the first data set inside that has transforms."""
        inner = self.dataset
        while not hasattr(inner, 'pipeline') and hasattr(inner, 'dataset'):
            inner = inner.dataset
        return inner

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, idx: int) -> dict:
        """Return a packed sample with ``text_tokens``.

        Raises:
            TypeError: if the wrapped data set does not pack its samples.
            ValueError: naming the image, if it cannot be opened.
        """
        with naming_the_image(lambda: self.get_data_info(idx).get('img_path')):
            packed = self.dataset[idx]
        sample = packed.get('data_samples') if isinstance(packed, dict) else None
        if sample is None or 'gt_label' not in sample:
            raise TypeError(
                f'{type(self.dataset).__name__} gives samples without '
                'data_samples.gt_label; end its pipeline with dict(type='
                "'PackInputs')."
            )
        # A data set may have replaced a broken image by one of another class.
        start, stop = self.corpus.class_slice(int(sample.gt_label))
        drawn = int(torch.randint(start, stop, ()))
        sample.set_field(self.corpus.text_input(drawn), 'text_tokens')
        sample.set_field(drawn, 'text_index')
        return packed


def image_set_config(cfg: dict) -> dict:
    """Return the config of the images of a data set, without their text.

    Args:
        cfg (dict): the config of a ``TextCorpusDataset``, of any other data
            set, or of a wrapper of some.

    Returns:
        dict: the same with the wrapped data set in place of every
        ``TextCorpusDataset``.
    """
    if not _has_text(cfg):
        return _map_parts(cfg, image_set_config)
    own = {key: value for key, value in cfg.items() if key not in ('type', 'corpus', 'dataset')}
    if isinstance(cfg['dataset'], str):
        return dict(own, type=cfg['dataset'])
    return image_set_config(cfg['dataset'])


def evaluation_config(cfg: dict, pipeline: Sequence[dict]) -> dict:
    """Return the config of the different images of a data set, seen in one way.

    Args:
        cfg (dict): of any data set, also of a wrapper; its text and what
            repeats images is left out.
        pipeline (Sequence[dict]): the transforms instead of its own.

    Returns:
        dict: a new config.
    """
    cfg = image_set_config(cfg)
    while _type_of(cfg) in _REPEATING:
        cfg = cfg['dataset']
    if _parts_of(cfg):
        cfg = _map_parts(cfg, lambda part: evaluation_config(part, pipeline))
        parts = cfg.get('datasets') or []
        different = [part for i, part in enumerate(parts) if part not in parts[:i]]
        return dict(cfg, datasets=different) if len(different) < len(parts) else cfg
    return dict(cfg, pipeline=pipeline)


def innermost_configs(cfg: dict) -> list[dict]:
    """Return the configs of the data sets inside all wrappers, without their text."""
    cfg = image_set_config(cfg)
    return [leaf for part in _parts_of(cfg) for leaf in innermost_configs(part)] or [cfg]


def first_pipeline(cfg: dict) -> Sequence[dict] | None:
    """Return the transforms of a data set's config, also behind wrappers, or None."""
    return innermost_configs(cfg)[0].get('pipeline')


def corpus_config(cfg: dict) -> dict | None:
    """Return the config of the corpus of a data set, also behind wrappers, or None.

    Raises:
        ValueError: if concatenated parts have different text.
    """
    if not isinstance(cfg, dict):
        return None
    if _has_text(cfg):
        return cfg['corpus']
    return _shared([corpus_config(part) for part in _parts_of(cfg)], lambda corpus: corpus)


def find_corpus(dataset: Dataset) -> TextCorpus | None:
    """Return the corpus of a built data set, also behind wrappers, or None.

    Raises:
        ValueError: if concatenated parts have different text.
    """
    if dataset is None:
        return None
    if isinstance(dataset, TextCorpusDataset):
        return dataset.corpus
    parts = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    return _shared([find_corpus(part) for part in parts], lambda corpus: corpus.fingerprint)


def _shared(found: list, identity: Callable):
    """Return the corpus that all parts share, or None."""
    given = [corpus for corpus in found if corpus is not None]
    if not given:
        return None
    if len(given) < len(found) or any(identity(c) != identity(given[0]) for c in given):
        raise ValueError(
            'The concatenated parts of the training set have different text, or only some have '
            "text; concatenate the images inside: dict(type='TextCorpusDataset', corpus=..., "
            "dataset=dict(type='ConcatDataset', datasets=[...]))."
        )
    return given[0]


def _has_text(cfg: dict) -> bool:
    return _type_of(cfg) == 'TextCorpusDataset'


def _type_of(cfg: dict) -> str:
    """Return the name of a type that is written as a class, or with a scope."""
    kind = cfg.get('type')
    return getattr(kind, '__name__', str(kind)).rpartition('.')[2]


def _parts_of(cfg: dict) -> list[dict]:
    """Return the configs of the data sets that a wrapper's config holds."""
    parts = [cfg.get('dataset'), *(cfg.get('datasets') or ())]
    return [part for part in parts if isinstance(part, dict)]


def _map_parts(cfg: dict, change: Callable[[dict], dict]) -> dict:
    """Return a wrapper's config with changed parts; any other as it is."""
    if not _parts_of(cfg):
        return cfg
    cfg = dict(cfg)
    if isinstance(cfg.get('dataset'), dict):
        cfg['dataset'] = change(cfg['dataset'])
    if cfg.get('datasets'):
        cfg['datasets'] = [change(p) if isinstance(p, dict) else p for p in cfg['datasets']]
    return cfg
