"""Places-LT."""

import logging
import os.path as osp
import re
from collections.abc import Sequence

from mmengine.logging import print_log
from mmpretrain.registry import DATASETS

from .base import LongTailedDataset
from .class_folders import first_gap, folders_by_label
from .label_files import place_name, read_places_categories


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

    LISTS = {split: (f'Places_LT_{split}.txt',) for split in ('train', 'val', 'test')}
    COUNTS_FILE = 'Places_LT_train_class_counts.json'

    def _read_class_names(self) -> Sequence[str]:
        lists = [self.ann_file, self._train_list() or self.ann_file]
        names, label_of = {}, {}
        for path in lists:
            for folder, label in folders_by_label(*self._read_list(path)):
                place = self._place(path, folder)
                name = place_name(place)
                if names.setdefault(label, name) != name:
                    raise ValueError(
                        f"{path}: label {label} has images in '{names[label]}'"
                        f" and in '{name}'; a class is one folder. Correct "
                        'the list, or give classes.'
                    )
                if label_of.setdefault(place, label) != label:
                    raise ValueError(
                        f"{path}: label {label_of[place]} has images in '{name}', and so has "
                        f'label {label}; a folder names one class. Correct the list, or give '
                        'classes.'
                    )
        gap = first_gap(names)
        if gap is not None:
            raise ValueError(
                f'{self.ann_file} has no image of class {gap}, so its '
                'name is unknown; give train_ann_file or classes.'
            )
        ordered = [names[label] for label in range(len(names))]
        if self.labels_file:
            self._check_names(ordered)
        return ordered

    def _place(self, path: str, folder: str) -> str:
        """Return the part of a folder that names its place, without 'train/'."""
        for root in filter(None, (self.data_root, self.img_prefix)):
            folder = folder.removeprefix(f'{osp.abspath(root)}/')
        place = folder.partition('/')[2] or folder
        if not place or (folder[0] == '/' and not re.match('/[a-z]/', folder)):
            raise ValueError(
                f"{path} has images in '{folder}', which does not tell their place; give paths "
                "below data_root, such as 'train/airfield/1.jpg', or give classes."
            )
        return place

    def _check_names(self, names: list[str]):
        """Check the folders' names against a category file."""
        path = self._require(self.labels_file, 'another labels_file')
        indices = read_places_categories(path)
        moved = []
        for label, name in enumerate(names):
            if name not in indices:
                raise ValueError(
                    f"{self.ann_file} has a folder '{name}', class {label}, "
                    f'that {path} does not have; the two do not belong together.'
                )
            if indices[name] != label:
                moved.append(f"'{name}' ({label}, there {indices[name]})")
        if moved:
            print_log(
                f'PlacesLT: {path} has {len(moved)} classes in another order than the folders of '
                f'{self.ann_file}, which are followed: {", ".join(moved)}.',
                logger='current',
                level=logging.WARNING,
            )
