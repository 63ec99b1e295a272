"""iNaturalist 2018."""

from collections.abc import Sequence

import numpy as np
from mmpretrain.registry import DATASETS

from .base import LongTailedDataset
from .class_folders import NumberedClasses, check_numbers
from .label_files import read_categories, read_coco_list

_JSON = ('.json', '.json.gz')


@DATASETS.register_module()
class INaturalist2018(LongTailedDataset):
    """iNaturalist 2018 (Van Horn et al., CVPR 2018).

    Lists are the official JSON, whose images and annotations are joined by
    image id, or 'path label' lines. The names are the Latin ones of
    ``categories.json``, in file order: a label is the place of a category
    there. Where ids are not places, the folders in a 'path label' list, ids or
    names, have to tell that its labels are.

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
        if not path.endswith(_JSON):
            return super()._read_list(path)
        return read_coco_list(path, self._find(self.labels_file))

    def _check_folders(self, paths: list[str], labels: np.ndarray):
        if self._names_given or self.ann_file.endswith(_JSON):
            return
        path = self._find(self.labels_file)
        names, index_of = read_categories(path)
        ids = list(index_of)
        # Whoever numbers a part of the classes anew leaves the folders' names.
        in_order = ids in (list(range(len(ids))), list(range(1, len(ids) + 1)))
        classes = NumberedClasses(
            path=path,
            keys=[(name,) if in_order else (str(own), name) for own, name in zip(ids, names)],
            numbers=ids if np.isin(labels, np.array(ids) - min(1, *ids)).all() else (),
            lines=[f'{path}, category {i} of its list' for i in range(len(ids))],
        )
        check_numbers(classes, [(self.ann_file, paths, labels)])
