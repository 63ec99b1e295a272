"""Images with one sentence of their class each."""

import numpy as np
import torch
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..utils.dataset_facts import read_gt_labels
from .corpus.text_corpus import TextCorpus


@DATASETS.register_module()
class TextCorpusDataset(Dataset):
    """Add one sentence of its class to each sample of a data set.

    As in VL-LTR (arXiv 2111.13579) the sentence is drawn uniformly from
    all sentences of the class, anew at each access, by the generator of the
    loader's worker. It is the field ``text_tokens`` (L,) int64 of the packed
    sample, not padded; ``text_index`` is its place in the corpus, 0 .. S-1.

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
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        classes = self.metainfo.get('classes')
        if classes is None and hasattr(self.dataset, 'full_init'):
            self.dataset.full_init()  # some learn their classes from folders
            classes = self.metainfo.get('classes')
        self.corpus = TextCorpus.from_cfg(corpus, classes)

    @property
    def metainfo(self) -> dict:
        """Meta information of the wrapped data set."""
        return getattr(self.dataset, 'metainfo', {})

    @property
    def CLASSES(self):
        """Names of the C classes."""
        return self.metainfo.get('classes')

    def full_init(self):
        """Load the annotations of the wrapped data set."""
        if hasattr(self.dataset, 'full_init'):
            self.dataset.full_init()

    def get_data_info(self, idx: int) -> dict:
        """Return the annotation of a sample."""
        return self.dataset.get_data_info(idx)

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the class of a sample, in a list."""
        return [int(self.get_data_info(idx)['gt_label'])]

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of all samples, (N,) int64."""
        return read_gt_labels(self.dataset)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, idx: int) -> dict:
        """Return a packed sample with ``text_tokens``.

        Raises:
            TypeError: if the wrapped data set does not pack its samples.
        """
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
        sample.set_field(self.corpus.token_ids(drawn), 'text_tokens')
        sample.set_field(drawn, 'text_index')
        return packed


def image_set_config(cfg: dict) -> dict:
    """Return the config of the images of a data set, without their text.

    Args:
        cfg (dict): the config of a ``TextCorpusDataset`` or of any other.

    Returns:
        dict: the config of the wrapped data set; ``cfg`` itself where it is
        no ``TextCorpusDataset``.
    """
    if not _has_text(cfg):
        return cfg
    own = {key: value for key, value in cfg.items() if key not in ('type', 'corpus', 'dataset')}
    return dict(own, type=cfg['dataset']) if isinstance(cfg['dataset'], str) else cfg['dataset']


def corpus_config(cfg: dict) -> dict | None:
    """Return the config of the corpus of a data set, also behind wrappers, or None."""
    while isinstance(cfg, dict):
        if _has_text(cfg):
            return cfg['corpus']
        cfg = cfg.get('dataset')
    return None


def find_corpus(dataset: Dataset) -> TextCorpus | None:
    """Return the corpus of a built data set, also behind wrappers, or None."""
    while dataset is not None and not isinstance(dataset, TextCorpusDataset):
        dataset = getattr(dataset, 'dataset', None)
    return None if dataset is None else dataset.corpus


def _has_text(cfg: dict) -> bool:
    return str(cfg.get('type')).rpartition('.')[2] == 'TextCorpusDataset'
