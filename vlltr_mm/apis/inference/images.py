"""Which images people mean, and reading them in batches."""

import os.path as osp
from collections.abc import Iterator, Sequence

import mmcv
import numpy as np
from mmengine.dataset import Compose
from mmengine.utils import scandir
from torch.utils.data import DataLoader, Dataset

from ...utils.annotation_list import read_lines
from ...utils.image_files import ENDINGS, READ_ERRORS, find_fault


def find_images(sources: Sequence[str]) -> list[str]:
    """List the images that arguments of a command line name.

    Args:
        sources (Sequence[str]): images; folders, searched with all that is
            below them, in the order of their paths; and lists (``.txt``), one image
            a line, with or without a label behind it. A relative path in a
            list counts from the working directory, or else from the list's
            folder.

    Returns:
        list[str]: paths. Images that are named, here or in a list, need not
        exist.

    Raises:
        FileNotFoundError: if there is no such folder or list.
        ValueError: if a folder has no image, or a list no line.
    """
    images = []
    for source in sources:
        source = osp.expanduser(source)
        if osp.isdir(source):
            files = scandir(source, ENDINGS, recursive=True, case_sensitive=False)
            found = [osp.join(source, file) for file in sorted(files)]
            if not found:
                raise ValueError(
                    f'{source} has no file that ends in {", ".join(ENDINGS)}; name a folder of '
                    'images.'
                )
        elif source.lower().endswith('.txt'):
            found = _in_list(source)
        else:
            found = [source]
        images += found
    return images


def _in_list(path: str) -> list[str]:
    """Return the images of a list."""
    lines = [line.strip() for line in read_lines(path, 'a list, one image a line')]
    lines = [line for line in lines if line]
    if not lines:
        raise ValueError(f'{path} names no image; write one a line.')
    folder = osp.dirname(path)
    images = []
    for line in lines:
        image, _, label = line.rpartition(' ')
        name = image.rstrip() if label.isdecimal() and image.strip() else line
        beside = osp.join(folder, name)
        images.append(beside if not osp.exists(name) and osp.exists(beside) else name)
    return images


def evenly_spread(total: int, most: int) -> list[int]:
    """Return at most so many of ``range(total)``, evenly spread."""
    return np.linspace(0, total - 1, min(total, most)).round().astype(int).tolist()


def read_batches(
    images: Sequence[str], pipeline: Compose, batch_size: int, num_workers: int
) -> Iterator[tuple[list[str], list[dict], dict[str, str]]]:
    """Pass images through a pipeline, in batches.

    Args:
        images (Sequence[str]): N paths.
        pipeline (Compose): that ends in ``PackInputs``.
        batch_size (int): images of a batch.
        num_workers (int): processes that read; 0 reads here.

    Yields:
        tuple[list[str], list[dict], dict[str, str]]: the images of a batch
        that could be read, what the pipeline made of them, and what is wrong
        with the others.
    """
    loader = DataLoader(
        _Images(images, pipeline), batch_size, num_workers=num_workers, collate_fn=_apart
    )
    yield from loader


class _Images(Dataset):
    """What a pipeline makes of each image, or what is wrong with it."""

    def __init__(self, images: Sequence[str], pipeline: Compose):
        self.images = images
        self.pipeline = pipeline

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[str, dict | None, str | None]:
        path = self.images[index]
        try:
            return path, self.pipeline(dict(img_path=path)), None
        except READ_ERRORS:
            fault = find_fault(path, mmcv.imread, decode=True)
            if fault is None:  # the pipeline's own
                raise
            return path, None, fault


def _apart(batch: list[tuple]) -> tuple[list[str], list[dict], dict[str, str]]:
    """Part the images that could be read from the others."""
    read = [(path, sample) for path, sample, _ in batch if sample is not None]
    faults = {path: fault for path, sample, fault in batch if sample is None}
    return [path for path, _ in read], [sample for _, sample in read], faults
