"""ImageNet-LT, and data sets in its layout."""

from collections.abc import Sequence

import numpy as np
from mmpretrain.registry import DATASETS

from .base import LongTailedDataset
from .label_files import folders_by_label, read_labels_file


@DATASETS.register_module()
class ImageNetLT(LongTailedDataset):
    """ImageNet-LT (Liu et al., OLTR, CVPR 2019) and sets in its layout.

    ``labels.txt`` has 'id index name' lines; the classes are sorted by id
    (ImageNet's wnid), the index is not used. Where the folder of an image is
    an id or a name of that file, it must be that of its label.

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
        if path is None:  # the names were given
            return
        meant = {}
        for index, keys in enumerate(read_labels_file(path)):
            for key in keys:
                meant.setdefault(key, set()).add(index)
        for folder, label in folders_by_label(paths, labels):
            key = folder.rsplit('/', 1)[-1]
            if label not in meant.get(key, {label}):
                raise ValueError(
                    f"{self.ann_file} gives '{folder}' label {label}, but "
                    f'{path}, sorted by its first column, makes it {sorted(meant[key])}; the two '
                    'files do not belong together.'
                )
