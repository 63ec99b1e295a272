"""ImageNet-LT, and data sets in its layout."""

from collections.abc import Iterator, Sequence

import numpy as np
from mmpretrain.registry import DATASETS

from .base import LongTailedDataset
from .class_folders import check_class_folders, check_numbers
from .label_files import named_classes, numbered_classes, read_labels_file


@DATASETS.register_module()
class ImageNetLT(LongTailedDataset):
    """ImageNet-LT (Liu et al., OLTR, CVPR 2019) and sets in its layout.

    ``labels.txt`` has 'id index name' lines; the classes are sorted by id
    (ImageNet's wnid), the index is not used. A folder that is an id or a name
    of that file must hold images of its label; one that holds images of
    several classes tells nothing. Where the index is not the place by id, a
    class folder has to tell that the labels follow the ids.

    The arguments are those of ``LongTailedDataset``.
    """

    LISTS = {split: (f'ImageNet_LT_{split}.txt',) for split in ('train', 'val', 'test')}
    COUNTS_FILE = 'ImageNet_LT_train_class_counts.json'
    LABELS_FILE = 'labels.txt'

    def _read_class_names(self) -> Sequence[str]:
        rows = read_labels_file(self._require(self.labels_file, 'labels_file or classes'))
        return [name for _, name in rows]

    def _check_folders(self, paths: list[str], labels: np.ndarray):
        path = self._find(self.labels_file)
        if self._names_given:
            classes = named_classes(self._metainfo['classes'], path)
            check_class_folders(self.ann_file, paths, labels, classes)
        else:
            check_numbers(numbered_classes(path), self._lists(paths, labels))

    def _lists(
        self, paths: list[str], labels: np.ndarray
    ) -> Iterator[tuple[str, list[str], np.ndarray]]:
        """Return what may tell the order of the classes, the list itself first."""
        yield self.ann_file, paths, labels
        train_list = self._train_list()
        if train_list not in (None, self.ann_file):
            yield train_list, *self._read_list(train_list)
