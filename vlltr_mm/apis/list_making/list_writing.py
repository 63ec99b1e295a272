"""Write a table as the lists that data sets of the ImageNet-LT layout read."""

import os.path as osp

import numpy as np

from ...datasets.long_tailed.class_folders import NumberedClasses, check_class_folders, plain_name
from ...datasets.long_tailed.label_files import labels_line_fault
from ...utils.annotation_list import check_list_paths, write_annotation_list
from ...utils.files import open_whole
from .image_table import SPLITS, ImageTable


def write_lists(table: ImageTable, out: str) -> dict[str, str]:
    """Write ``train.txt``, ``val.txt``, ``test.txt`` and ``labels.txt``.

    ``ImageNetLT(data_root=out, data_prefix=table.root, ann_file='val.txt',
    train_ann_file='train.txt')`` reads them: paths, labels and, with spaces
    for '_', names. Ids in ``labels.txt`` sort in label order: those of the
    table where they do and can stand there, else c0, c1, ….

    Args:
        table (ImageTable): the images; each has a split.
        out (str): a folder; files of these names are replaced.

    Returns:
        dict[str, str]: the files by split, and 'labels'; no file for a split
        without image.

    Raises:
        FileExistsError: if there is an old list of a split that has no image
            now.
        ValueError: if an image has no split, there is no training image, a
            path or name cannot stand in a list, or a class folder bears the
            name of another class.
    """
    undecided = np.flatnonzero(table.splits == '')
    if undecided.size:
        raise ValueError(
            f"The image '{table.paths[undecided[0]]}' has no split ({len(undecided):,} of "
            f'{len(table.paths):,}); draw them first, see hold_out.'
        )
    if not (table.splits == 'train').any():
        raise ValueError(f'{table.origin}: no image is in train; put some there.')
    labels_file = osp.join(out, 'labels.txt')
    rows = [f'{own} {i} {name}' for i, (own, name) in enumerate(zip(_ids(table), table.names))]
    for row in rows:
        fault = labels_line_fault(row)
        if fault or len(row.splitlines()) != 1:
            raise ValueError(
                f'The line {row!r} cannot stand in {labels_file}: it '
                f'{fault or "has a line break."} Rename the class.'
            )
    files = {}
    for split in SPLITS:
        path, chosen = osp.join(out, f'{split}.txt'), np.flatnonzero(table.splits == split)
        if chosen.size:
            files[split] = path
        elif osp.exists(path):
            raise FileExistsError(
                f"'{path}' exists, but no image is in {split} now; remove the file or write into "
                'another folder.'
            )
    check_list_paths(table.paths)
    _check_folders(table, rows)
    for split, path in files.items():
        chosen = np.flatnonzero(table.splits == split)
        write_annotation_list(path, [table.paths[i] for i in chosen], table.labels[chosen].tolist())
    with open_whole(labels_file) as file:
        file.writelines(f'{row}\n' for row in rows)
    return {**files, 'labels': labels_file}


def _ids(table: ImageTable) -> list[str]:
    """Return ids of one word each that sort in label order and mean no other class."""
    ids = table.ids
    plain = all(own.split() == [own] and not labels_line_fault(f'{own} 0 x') for own in ids)
    if plain and ids == sorted(set(ids)):
        return list(ids)
    # A folder that bears the id of another class would contradict the lists.
    words = {plain_name(word) for path in table.paths for word in path.split('/')[:-1]}
    words.update(map(plain_name, table.names))
    width, letter = len(str(len(ids) - 1)), 'c'
    while any(f'{letter}{label:0{width}d}' in words for label in range(len(ids))):
        letter += 'c'
    return [f'{letter}{label:0{width}d}' for label in range(len(ids))]


def _check_folders(table: ImageTable, rows: list[str]):
    """Check, as the data set will, that no class folder has the name of another class."""
    classes = NumberedClasses('the class names', [tuple(row.split(None, 2)[::2]) for row in rows])
    for split in SPLITS:
        chosen = np.flatnonzero(table.splits == split)
        check_class_folders(
            f'{split} of {table.origin}',
            [table.paths[i] for i in chosen],
            table.labels[chosen],
            classes,
        )
