"""From iNaturalist's JSON to a 'path label' list and training counts."""

import json

import numpy as np

from ...datasets.long_tailed.label_files import read_categories, read_coco_list
from ...utils.annotation_list import find_duplicates, write_annotation_list
from ...utils.class_counts import count_labels
from ...utils.files import open_whole


def convert_inat(
    annotations: str, categories: str, list_file: str, counts_file: str | None = None
) -> np.ndarray:
    """Write the list that ``INaturalist2018`` reads, and the counts.

    Args:
        annotations (str): the official JSON of images and annotations.
        categories (str): the official list of the categories.
        list_file (str): written, one 'path label' per image.
        counts_file (str, optional): written, a JSON list of the images of
            each class. Defaults to None, none.

    Returns:
        np.ndarray: images of each class, (C,) int64.

    Raises:
        FileNotFoundError: if an input is missing.
        ValueError: if an input is not of its form, the two disagree, an image
            has two labels, or there is none.
    """
    paths, labels = read_coco_list(annotations, categories)
    _, contradictory = find_duplicates(paths, labels)
    for image, own in contradictory.items():
        raise ValueError(
            f"{annotations} gives '{image}' the labels {own}; an image has one. Correct the file."
        )
    counts = count_labels(labels, len(read_categories(categories)[0]), annotations)
    write_annotation_list(list_file, paths, labels.tolist())
    if counts_file:
        with open_whole(counts_file) as file:
            json.dump(counts.tolist(), file)
    return counts
