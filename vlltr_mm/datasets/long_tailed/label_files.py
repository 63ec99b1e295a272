"""The files that name classes, and the official iNaturalist lists."""

import re
from collections.abc import Sequence

import numpy as np

from ...utils.annotation_list import read_annotation_list
from ...utils.files import read_json
from ...utils.read_once import read_once


@read_once
def read_labels_file(path: str) -> list[tuple[str, str]]:
    """Read 'id index name' lines, sorted by id.

    Args:
        path (str): the file; blank lines are skipped, the index is not used.

    Returns:
        list[tuple[str, str]]: id and name of each class.

    Raises:
        ValueError: if a line has not three fields, two have one id, or there
            is none.
    """
    rows = {}
    with open(path, encoding='utf-8-sig') as file:
        for number, line in enumerate(file, 1):
            fields = line.split(None, 2)
            if not fields:
                continue
            if len(fields) < 3 or fields[0] in rows:
                raise ValueError(
                    f"{path}, line {number}: '{line.strip()}' is not "
                    "'id index name' with an id of its own; correct the line."
                )
            rows[fields[0]] = fields[2].strip()
    if not rows:
        raise ValueError(f"{path} has no line; each must read 'id index name'.")
    return sorted(rows.items())


def folders_by_label(paths: Sequence[str], labels: np.ndarray) -> list[tuple[str, int]]:
    """Return each folder that has images of a label, with that label.

    Args:
        paths (Sequence[str]): N image paths.
        labels (np.ndarray): (N,) int64.

    Returns:
        list[tuple[str, int]]: the distinct pairs, sorted.
    """
    folders = (path.rpartition('/')[0] for path in paths)
    return sorted(set(zip(folders, labels.tolist())))


def place_name(path: str) -> str:
    """Turn a path of Places into a class name: '/d/desert/sand' → 'desert sand'."""
    return re.sub('[-_/]', ' ', re.sub('^/?[a-z]/', '', path))


def read_places_categories(path: str) -> dict[str, int]:
    """Read 'path_like_name index' lines.

    Args:
        path (str): such as Places' ``categories_places365.txt``.

    Returns:
        dict[str, int]: index of each name, as by ``place_name``.
    """
    names, indices = read_annotation_list(path)
    return dict(zip(map(place_name, names), indices.tolist()))


@read_once
def read_categories(path: str) -> tuple[list[str], dict[int, int]]:
    """Read iNaturalist's categories.

    Args:
        path (str): a JSON list of objects with ``id`` and ``name``.

    Returns:
        tuple[list[str], dict[int, int]]: the names in file order, and the
        class index of each category id.

    Raises:
        ValueError: if the file is not of this form.
    """
    content = read_json(path, 'the list of the categories')
    try:
        names = [category['name'] for category in content]
        indices = {category['id']: i for i, category in enumerate(content)}
    except (TypeError, KeyError) as error:
        raise ValueError(
            f"{path}: a category has no {error}; give a list of objects with 'id' and 'name'."
        ) from error
    if len(indices) != len(names):
        raise ValueError(
            f'{path} has {len(names)} categories, but {len(indices)} different ids; correct it.'
        )
    return names, indices


@read_once
def read_coco_list(path: str, categories: str | None = None) -> tuple[list[str], np.ndarray]:
    """Read images and annotations and join them by image id.

    Args:
        path (str): a JSON object with ``images`` (``id``, ``file_name``) and
            ``annotations`` (``image_id``, ``category_id``).
        categories (str, optional): the file that gives the class index of a
            category id. Defaults to None: the id is the index.

    Returns:
        tuple[list[str], np.ndarray]: N image paths and their labels (N,)
        int64, in the order of the images.

    Raises:
        ValueError: if the file is not of this form, an image has not exactly
            one annotation, or a category is unknown.
    """
    content = read_json(path, "an object with 'images' and 'annotations'")
    try:
        annotations = content['annotations']
        category_of = {a['image_id']: a['category_id'] for a in annotations}
        images = [(i['id'], i['file_name']) for i in content['images']]
    except (TypeError, KeyError) as error:
        raise ValueError(
            f'{path} has no {error}; give an object with images (id, '
            'file_name) and annotations (image_id, category_id).'
        ) from error
    _check_join(path, [i for i, _ in images], category_of, len(annotations))
    category_ids = [category_of[image_id] for image_id, _ in images]
    if categories is not None:
        _, index_of = read_categories(categories)
        unknown = set(category_ids) - set(index_of)
        if unknown:
            raise ValueError(
                f'{path} has category_id {min(unknown)}, which {categories} '
                'does not have; the two files do not belong together.'
            )
        category_ids = [index_of[category] for category in category_ids]
    return [name for _, name in images], np.array(category_ids, dtype=np.int64)


def _check_join(path: str, image_ids: list, category_of: dict, num_annotations: int):
    """Check that images and annotations are one to one."""
    known = set(image_ids)
    for ids, what in (
        (known - set(category_of), 'no annotation'),
        (set(category_of) - known, 'an annotation, no entry'),
    ):
        if ids:
            raise ValueError(
                f'{path}: image {min(ids)} has {what}; each '
                'image needs one annotation. Correct the file.'
            )
    if not len(image_ids) == len(known) == num_annotations:
        raise ValueError(
            f'{path} has {len(image_ids)} images of {len(known)} ids and {num_annotations} '
            'annotations; each image needs one id and one annotation. Correct the file.'
        )
