"""Images and their one category, of JSON files such as COCO's and iNaturalist's."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...datasets.long_tailed.label_files import categories_of, json_column
from ...utils.files import read_json
from ...utils.validation import check_mapping, shown


@dataclass
class CocoImages:
    """Paths and keys (category ids as text) of N images, names of keys, notes."""

    paths: list[str]
    keys: list[str]
    names: dict[str, str]
    notes: list[str]


def read_coco_images(path: str) -> CocoImages:
    """Read the images that have annotations of exactly one category.

    Args:
        path (str): an object with ``images`` (``id``, ``file_name``),
            ``annotations`` (``image_id``, ``category_id``) and, where names
            come from nowhere else, ``categories`` (``id``, ``name``).

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not of this form, two images have one id, an
            annotation is of no image or category, or no image is left.
    """
    content = read_json(path, "an object with 'images', 'annotations' and 'categories'")
    parts = check_mapping(content, path, ('images', 'annotations'))
    for part in ('images', 'annotations'):
        if not isinstance(parts[part], list):
            raise ValueError(
                f'{path}: {part} is {shown(parts[part])}; it must be a list of objects.'
            )
    images, annotations = parts['images'], parts['annotations']
    ids = json_column(path, 'image', images, 'id', int, str)
    files = json_column(path, 'image', images, 'file_name', str)
    file_of = dict(zip(ids, files))
    if len(file_of) != len(ids):
        twice = _first_twice(ids)
        raise ValueError(f'{path} has two images of the id {shown(twice)}; give each its own.')
    names = {}
    if parts.get('categories') is not None:
        listed, index_of = categories_of(parts['categories'], f'{path}: categories')
        names = {str(own): listed[index] for own, index in index_of.items()}
    found: dict = {}
    owners = json_column(path, 'annotation', annotations, 'image_id', int, str)
    categories = json_column(path, 'annotation', annotations, 'category_id', int)
    for place, (image, category) in enumerate(zip(owners, categories)):
        if image not in file_of or (names and str(category) not in names):
            what = f'image {shown(image)}' if image not in file_of else f'category {category}'
            raise ValueError(
                f'{path}: annotation {place} of its list is of {what}, which the file does not '
                'have; add it, or take the annotation out.'
            )
        found.setdefault(image, set()).add(category)
    notes = _notes(path, ids, file_of, found)
    kept = [own for own in ids if len(found.get(own, ())) == 1]
    if not kept:
        raise ValueError(
            f'{path} has no image with annotations of exactly one category; add annotations.'
        )
    return CocoImages(
        [file_of[own] for own in kept], [str(min(found[own])) for own in kept], names, notes
    )


def _first_twice(values: Sequence):
    seen = set()
    return next(value for value in values if value in seen or seen.add(value))


def _notes(path: str, ids: Sequence, file_of: dict, found: dict) -> list[str]:
    notes = []
    for kind, left in (
        ('of several categories', [own for own in ids if len(found.get(own, ())) > 1]),
        ('without annotation', [own for own in ids if own not in found]),
    ):
        if left:
            notes.append(f"{path}: images {kind}: {len(left):,}, such as '{file_of[left[0]]}'")
    return notes
