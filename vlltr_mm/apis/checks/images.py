"""Look at image files, or open them, on all cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from mmcv.transforms import LoadImageFromFile
from rich.console import Console
from rich.progress import track

from ...utils.image_files import find_fault

_CHUNK = 64  # images that a thread takes at once


def innermost_sets(dataset) -> Iterator:
    """Yield the data sets inside all wrappers, or the data set itself."""
    parts = getattr(dataset, 'datasets', None)
    if parts is None and getattr(dataset, 'dataset', None) is not None:
        parts = [dataset.dataset]
    if parts is None:
        yield dataset
        return
    for part in parts:
        yield from innermost_sets(part)


def find_loader(dataset) -> LoadImageFromFile | None:
    """Return the transform with which a data set reads files, or None."""
    transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    return next((t for t in transforms if isinstance(t, LoadImageFromFile)), None)


def are_local(dataset) -> bool:
    """Tell whether the images of a data set are files of this machine."""
    loader = find_loader(dataset)
    return loader is None or not (loader.backend_args or loader.file_client_args)


def find_bad_images(
    paths: Sequence[str], loader: LoadImageFromFile | None, decode: bool, name: str
) -> list[tuple[str, str]]:
    """Return the images that cannot be used, and why.

    Args:
        paths (Sequence[str]): N files.
        loader (LoadImageFromFile, optional): the transform that opens them.
            None asks only whether they are there and not empty.
        decode (bool): open all, with a progress bar.
        name (str): of the data set, for the progress bar.

    Returns:
        list[tuple[str, str]]: file and fault, in the order of ``paths``.
    """
    load = None if loader is None else _opener(loader)
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(_look_at, chunks, repeat(load), repeat(decode))
        if decode:
            done = track(done, f'opening {name}', total=len(chunks), console=Console(stderr=True))
        return [found for chunk in done for found in chunk]


def _opener(loader: LoadImageFromFile) -> Callable[[str], object]:
    """Return a function that opens an image as a transform does, and skips none."""

    def load(path: str):
        return LoadImageFromFile.transform(loader, dict(img_path=path))

    return load


def _look_at(paths: Sequence[str], load, decode: bool) -> list[tuple[str, str]]:
    faults = [(path, find_fault(path, load, decode)) for path in paths]
    return [(path, fault) for path, fault in faults if fault]
