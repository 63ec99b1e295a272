"""A data set of stored embeddings."""

import os.path as osp

import numpy as np
import torch
from mmpretrain.registry import DATASETS
from mmpretrain.structures import DataSample
from torch.utils.data import Dataset

from ..structures import FeatureBank


@DATASETS.register_module()
class FeatureDataset(Dataset):
    """Embeddings of a data set's images, each in one or more views.

    Args:
        file (str): a ``FeatureBank`` of V·I rows: all I images in their first
            view, then all in their second, and so on. Classes and training
            counts are those of the ``metainfo`` of its ``meta``, or else of
            its class record.
        views (int): V. Each access draws one of them by the generator of the
            loader's worker. Defaults to 1.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if its rows are not V for each image.
    """

    def __init__(self, file: str, views: int = 1):
        if not osp.isfile(file):
            raise FileNotFoundError(
                f'{file} does not exist; tools/encode_features.py makes such files of images, '
                'tools/dataset_converters/import_features.py of stored arrays.'
            )
        bank = FeatureBank.load(file)
        if views < 1 or not len(bank) or len(bank) % views:
            raise ValueError(
                f'{file} has {len(bank)} rows, not a multiple of views={views}; make it again.'
            )
        by_view = bank.labels.view(views, -1)
        if (by_view != by_view[0]).any():
            raise ValueError(
                f'{file} has other labels in view 0 than in the other {views - 1}; give the views '
                'it was made with, or make it again.'
            )
        self.metainfo = bank.meta.get('metainfo') or _metainfo(bank)
        self.ann_file = file  # names the set in messages
        self.views = views
        self._size = len(bank) // views
        self._feats = bank.feats.float()
        self._labels = bank.labels[: self._size]

    def __len__(self) -> int:
        """Return I, the number of images."""
        return self._size

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of all images, (I,) int64."""
        return self._labels.numpy()

    def get_data_info(self, idx: int) -> dict:
        """Return ``feats`` (D,), of the first view, and ``gt_label`` of an image."""
        return dict(feats=self._feats[idx].numpy(), gt_label=int(self._labels[idx]))

    def __getitem__(self, idx: int) -> dict:
        """Return ``inputs`` (D,) and ``data_samples`` with ``gt_label``."""
        return self.__getitems__([idx])[0]

    def __getitems__(self, indices: list[int]) -> list[dict]:
        """Return several samples; a loader asks for a batch at once."""
        images = torch.as_tensor(indices)
        view = torch.randint(self.views, images.shape)
        feats = self._feats[images + view * self._size]
        return [
            dict(inputs=feat, data_samples=DataSample().set_gt_label(label))
            for feat, label in zip(feats, self._labels[images])
        ]


def _metainfo(bank: FeatureBank) -> dict:
    """Return what the record of a bank tells, as the metainfo of a data set."""
    if bank.record is None:
        return {}
    known = dict(classes=bank.record.classes, class_counts=bank.record.class_counts)
    return {key: value for key, value in known.items() if value is not None}
