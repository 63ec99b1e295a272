"""Long-tailed data sets from list files."""

import os
import os.path as osp
from collections.abc import Sequence

import numpy as np
from mmengine.dataset import force_full_init
from mmpretrain.datasets import BaseDataset

from ...utils.annotation_list import read_annotation_list
from ...utils.class_counts import check_label_range, count_list, read_class_counts
from ...utils.image_files import naming_the_image, unreadable
from ..corpus.name_cleaning import clean_class_names
from .label_files import check_names


def first_existing(folder: str, names: Sequence[str]) -> str:
    """Return the first name that is a file of the folder, or the first."""
    return next((n for n in names if osp.isfile(osp.join(folder, n))), names[0])


class LongTailedDataset(BaseDataset):
    """Images and labels of a list file, names and training counts beside it.

    The metainfo has ``classes``, C names as ``clean_class_names`` returns
    them, and ``class_counts``, C ints: the *training* images of each class,
    whatever the split. Names in ``metainfo`` or ``classes`` go before those
    read, which ``listed_classes`` keeps as they are listed. File names are
    relative to ``data_root`` or, if not found there, to the folder of
    ``ann_file``. Images are below ``data_prefix``, except those whose path in
    the list is absolute or an address.

    Args:
        data_root (str): the folder of lists and images. Defaults to ''.
        split (str): which of the usual lists, 'train', 'val' or 'test'.
            Defaults to 'train'.
        ann_file (str): another list. Defaults to '', the split's.
        train_ann_file (str): the list whose labels give the training counts.
            Defaults to '', the usual training list.
        class_counts (Sequence[int] | str, optional): the training counts, or
            a JSON or list file of them, instead of ``train_ann_file``.
            Defaults to None; where there is no training list, the usual
            ``*_train_class_counts.json`` is read.
        labels_file (str, optional): the file of the class names. Defaults to
            None, the usual one.
        test_mode (bool, optional): Defaults to None: True unless split is
            'train'.
        **kwargs: those of MMPretrain's ``BaseDataset``.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file cannot be understood, or files disagree.
    """

    LISTS: dict[str, tuple[str, ...]] = {}  # file names, the first found wins
    COUNTS_FILE = ''
    LABELS_FILE: str | None = None

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        ann_file: str = '',
        train_ann_file: str = '',
        class_counts: Sequence[int] | str | None = None,
        labels_file: str | None = None,
        test_mode: bool | None = None,
        lazy_init: bool = False,
        **kwargs,
    ):
        if split not in self.LISTS:
            raise ValueError(
                f"{type(self).__name__}: split is '{split}'; allowed are "
                f'{", ".join(map(repr, self.LISTS))}.'
            )
        self._gt_labels = None
        data_root = osp.expanduser(data_root)
        super().__init__(
            ann_file=ann_file or first_existing(data_root, self.LISTS[split]),
            data_root=data_root,
            test_mode=split != 'train' if test_mode is None else test_mode,
            lazy_init=True,
            **kwargs,
        )
        self.train_ann_file = train_ann_file
        self.labels_file = labels_file or self.LABELS_FILE
        self._names_given = 'classes' in self._metainfo
        if self._names_given:
            where = f'{type(self).__name__}, classes'
            self._metainfo['classes'] = check_names(self._metainfo['classes'], where)
        else:
            self._metainfo['classes'] = self._clean_names()
        class_counts = self._metainfo.get('class_counts', class_counts)
        self._metainfo['class_counts'] = tuple(self._read_class_counts(class_counts).tolist())
        if not lazy_init:
            self.full_init()

    def load_data_list(self) -> list[dict]:
        """Read the split's list.

        Returns:
            list[dict]: ``img_path`` and ``gt_label`` of N images.

        Raises:
            ValueError: if a label has no class, or list and class names
                disagree.
        """
        paths, labels = self._read_list(self.ann_file)
        check_label_range(self.ann_file, labels, len(self._metainfo['classes']))
        self._check_folders(paths, labels)
        return [
            dict(img_path=path, gt_label=label)
            for path, label in zip(self._join(paths), labels.tolist())
        ]

    def _join(self, paths: list[str]) -> list[str]:
        """Put the prefix before paths that are not whole themselves."""
        prefix = self.img_prefix
        if prefix and not prefix.endswith('/'):
            prefix += '/'
        whole = [path for path in paths if path[0] == '/' or '://' in path]
        # Places' own lists write '/a/airfield/1.jpg' for a place below the prefix.
        if not whole or osp.isfile(prefix + whole[0]):
            return [prefix + path for path in paths]
        return [path if path[0] == '/' or '://' in path else prefix + path for path in paths]

    @force_full_init
    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of all samples, (N,) int64, kept once made."""
        if self._gt_labels is None:
            self._gt_labels = np.asarray(super().get_gt_labels(), dtype=np.int64)
        return self._gt_labels

    def prepare_data(self, idx: int):
        """Return a sample after the pipeline, or None where that drops it.

        Raises:
            ValueError: naming the image, if it cannot be opened, or is dropped
                in test mode, where each one counts.
        """
        with naming_the_image(lambda: self.get_data_info(idx)['img_path']):
            data = super().prepare_data(idx)
        if data is None and self.test_mode:
            path = self.get_data_info(idx)['img_path']
            raise unreadable(path, 'the pipeline of the test drops it')
        return data

    def get_subset_(self, indices):
        """Keep only some samples, in place."""
        super().get_subset_(indices)
        self._gt_labels = None

    def get_subset(self, indices) -> 'LongTailedDataset':
        """Return a data set of some of the samples."""
        subset = super().get_subset(indices)
        subset._gt_labels = None
        return subset

    def _clean_names(self) -> tuple[str, ...]:
        """Read the class names, and keep how they are listed beside them."""
        where = f'{type(self).__name__}, {self.labels_file or self.ann_file}'
        self.listed_classes = check_names(self._read_class_names(), where)
        try:
            return tuple(clean_class_names(self.listed_classes))
        except ValueError as error:
            raise ValueError(f'{where}: {error}') from error

    def _read_class_names(self) -> Sequence[str]:
        raise NotImplementedError

    def _check_folders(self, paths: list[str], labels: np.ndarray):
        """Check the folders of the images against the classes."""

    def _read_list(self, path: str) -> tuple[list[str], np.ndarray]:
        return read_annotation_list(path)

    def _find(self, *names: str) -> str | None:
        """Return the path of the first file that exists, or None."""
        for name in names:
            for folder in (self.data_root, osp.dirname(self.ann_file)):
                if osp.isfile(osp.join(folder, name)):
                    return osp.join(folder, name)
        return None

    def _require(self, name: str, argument: str) -> str:
        path = self._find(name)
        if path is None:
            raise FileNotFoundError(
                f"{type(self).__name__}: '{name}' is neither in data_root="
                f"'{self.data_root}' nor beside '{self.ann_file}'; put it "
                f'there or give {argument}.'
            )
        return path

    def _train_list(self) -> str | None:
        if self.train_ann_file:
            return self._require(self.train_ann_file, 'another train_ann_file')
        return self._find(*self.LISTS['train'])

    def _read_class_counts(self, source) -> np.ndarray:
        """Count the training images of each class, (C,) int64."""
        num_classes = len(self._metainfo['classes'])
        if isinstance(source, (str, os.PathLike)):
            source = self._require(os.fspath(source), 'another class_counts')
        elif source is None:
            train_list = self._train_list()
            if train_list is not None:
                return count_list(train_list, self._read_list(train_list)[1], num_classes)
            source = self._require(
                self.COUNTS_FILE,
                f'train_ann_file (usually {self.LISTS["train"][0]}) or class_counts',
            )
        return read_class_counts(source, num_classes)
