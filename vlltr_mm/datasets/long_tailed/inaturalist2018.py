"""iNaturalist 2018."""

from collections.abc import Sequence

import numpy as np
from mmpretrain.registry import DATASETS

from ...utils.annotation_list import read_annotation_list
from .base import LongTailedDataset
from .label_files import read_categories, read_coco_list


@DATASETS.register_module()
class INaturalist2018(LongTailedDataset):
    """iNaturalist 2018 (Van Horn et al., CVPR 2018).

    Lists are the official JSON, whose images and annotations are joined by
    image id, or 'path label' lines. The names are the Latin ones of
    ``categories.json``, in file order.

    The arguments are those of ``LongTailedDataset``.
    """

    LISTS = dict(
        train=('train2018.json', 'iNaturalist18_train.txt'),
        val=('val2018.json', 'iNaturalist18_val.txt'),
    )
    COUNTS_FILE = 'iNaturalist18_train_class_counts.json'
    LABELS_FILE = 'categories.json'

    def _read_class_names(self) -> Sequence[str]:
        names, _ = read_categories(self._require(self.labels_file, 'labels_file or classes'))
        return names

    def _read_list(self, path: str) -> tuple[list[str], np.ndarray]:
        if not path.endswith('.json'):
            return read_annotation_list(path)
        return read_coco_list(path, self._find(self.labels_file))
