"""ImageNet-LT, Places-LT and iNaturalist 2018."""
import logging
from typing import List, Sequence, Tuple

import numpy as np
from mmengine.logging import print_log
from mmpretrain.registry import DATASETS

from ..utils.annotation_list import read_annotation_list
from .label_files import (folders_by_label, place_name, read_categories,
                          read_coco_list, read_labels_file,
                          read_places_categories)
from .long_tailed_dataset import LongTailedDataset


@DATASETS.register_module()
class ImageNetLT(LongTailedDataset):
    """ImageNet-LT (Liu et al., OLTR, CVPR 2019) and sets in its layout.

    ``labels.txt`` has 'id index name' lines; the classes are sorted by id
    (ImageNet's wnid), the index is not used. Where the folder of an image is
    an id or a name of that file, it must be that of its label.

    The arguments are those of ``LongTailedDataset``.
    """
    LISTS = {
        split: (f'ImageNet_LT_{split}.txt', )
        for split in ('train', 'val', 'test')
    }
    COUNTS_FILE = 'ImageNet_LT_train_class_counts.json'
    LABELS_FILE = 'labels.txt'

    def _read_class_names(self) -> Sequence[str]:
        rows = read_labels_file(
            self._require(self.labels_file, 'labels_file or classes'))
        return [name for _, name in rows]

    def _check_folders(self, paths: List[str], labels: np.ndarray):
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
                    f'{path}, sorted by its first column, makes it '
                    f'{sorted(meant[key])}; the two files do not belong '
                    'together.')


@DATASETS.register_module()
class PlacesLT(LongTailedDataset):
    """Places-LT (Liu et al., OLTR, CVPR 2019).

    The class names are the folders of the listed images ('desert-sand' →
    'desert sand'): the labels follow them, whereas Places' own category file
    has five classes in another order. A ``labels_file`` of 'name index' lines
    is only checked: a folder that it does not have is an error, another order
    a warning.

    The arguments are those of ``LongTailedDataset``.
    """
    LISTS = {
        split: (f'Places_LT_{split}.txt', )
        for split in ('train', 'val', 'test')
    }
    COUNTS_FILE = 'Places_LT_train_class_counts.json'

    def _read_class_names(self) -> Sequence[str]:
        lists = [self.ann_file, self._train_list() or self.ann_file]
        names = {}
        for path in lists:
            for folder, label in folders_by_label(*self._read_list(path)):
                name = place_name(folder.partition('/')[2] or folder)
                if names.setdefault(label, name) != name:
                    raise ValueError(
                        f"{path}: label {label} has images in '{names[label]}'"
                        f" and in '{name}'; a class is one folder. Correct "
                        'the list, or give classes.')
        gaps = sorted(set(range(max(names) + 1)) - set(names))
        if gaps:
            raise ValueError(
                f'{self.ann_file} has no image of class {gaps[0]}, so its '
                'name is unknown; give train_ann_file or classes.')
        ordered = [names[label] for label in range(len(names))]
        if self.labels_file:
            self._check_names(ordered)
        return ordered

    def _check_names(self, names: List[str]):
        """Check the folders' names against a category file."""
        path = self._require(self.labels_file, 'another labels_file')
        indices = read_places_categories(path)
        moved = []
        for label, name in enumerate(names):
            if name not in indices:
                raise ValueError(
                    f"{self.ann_file} has a folder '{name}', class {label}, "
                    f'that {path} does not have; the two do not belong '
                    'together.')
            if indices[name] != label:
                moved.append(f"'{name}' ({label}, there {indices[name]})")
        if moved:
            print_log(
                f'PlacesLT: {path} has {len(moved)} classes in another order '
                f'than the folders of {self.ann_file}, which are followed: '
                f'{", ".join(moved)}.',
                logger='current',
                level=logging.WARNING)


@DATASETS.register_module()
class INaturalist2018(LongTailedDataset):
    """iNaturalist 2018 (Van Horn et al., CVPR 2018).

    Lists are the official JSON, whose images and annotations are joined by
    image id, or 'path label' lines. The names are the Latin ones of
    ``categories.json``, in file order.

    The arguments are those of ``LongTailedDataset``.
    """
    LISTS = dict(train=('train2018.json', 'iNaturalist18_train.txt'),
                 val=('val2018.json', 'iNaturalist18_val.txt'))
    COUNTS_FILE = 'iNaturalist18_train_class_counts.json'
    LABELS_FILE = 'categories.json'

    def _read_class_names(self) -> Sequence[str]:
        names, _ = read_categories(
            self._require(self.labels_file, 'labels_file or classes'))
        return names

    def _parse_list(self, path: str) -> Tuple[List[str], np.ndarray]:
        if not path.endswith('.json'):
            return read_annotation_list(path)
        categories = self._find(self.labels_file)
        return read_coco_list(path, categories)
