"""Look at the image files of a table: sizes, kinds, damage."""

import time
import warnings
from collections import Counter
from dataclasses import dataclass, field

import mmcv
import numpy as np
from PIL import Image

from ...utils.image_files import READ_ERRORS, find_fault
from ...utils.validation import check_int
from .image_table import ImageTable
from .many_files import ask_files


@dataclass
class ImageFacts:
    """What image files are like.

    sizes: (M, 2) int64, width and height in pixels of the M usable images
    that were looked at. num_looked: how many were looked at. damaged: path as
    in the table and reason of each that cannot be used. formats, modes: how
    many have each of Pillow's formats and modes, such as 'JPEG' and 'RGB'.
    seconds: what looking took. decoded: whether they were opened whole.
    """

    sizes: np.ndarray
    num_looked: int
    damaged: list[tuple[str, str]] = field(default_factory=list)
    formats: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    decoded: bool = False

    def short_side(self, share: float = 0.5) -> int | None:
        """Return a quantile of the shorter sides in pixels, by default the median.

        Args:
            share (float): in [0, 1], of the images that are below it.
        """
        if not len(self.sizes):
            return None
        return int(np.quantile(self.sizes.min(axis=1), share, method='lower'))


def look_at_images(
    table: ImageTable,
    num_files: int | None = 2000,
    decode: bool = False,
    num_workers: int | None = None,
    progress: bool = True,
) -> ImageFacts:
    """Read the headers of images, and judge each file as training would.

    Without ``decode`` a file whose first and last bytes are those of a whole
    image counts as whole, see ``find_fault``. Images at addresses are not
    looked at.

    Args:
        table (ImageTable): N images.
        num_files (int, optional): how many to look at, evenly spread over the
            classes' images. None is all. Defaults to 2000.
        decode (bool): open each whole. Defaults to False.
        num_workers (int, optional): threads, see ``ask_files``. Defaults to
            None.
        progress (bool): show a progress bar. Defaults to True.

    Raises:
        ValueError: if ``num_files`` is below 1.
    """
    start = time.perf_counter()
    if num_files is not None:
        check_int(num_files, 'num_files', 1)
    chosen = [i for i in _spread(table, num_files) if '://' not in table.paths[i]]
    title = ('opening images' if decode else 'looking at images') if progress else None
    paths = [table.full_path(i) for i in chosen]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of Pillow, on odd metadata and very large images
        answers = ask_files(lambda path: _look(path, decode), paths, num_workers, title)
    usable = [answer for answer in answers if not isinstance(answer, str)]
    return ImageFacts(
        sizes=np.array([answer[0] for answer in usable], dtype=np.int64).reshape(-1, 2),
        num_looked=len(chosen),
        damaged=[
            (table.paths[i], answer)
            for i, answer in zip(chosen, answers)
            if isinstance(answer, str)
        ],
        formats=dict(Counter(answer[1] for answer in usable).most_common()),
        modes=dict(Counter(answer[2] for answer in usable).most_common()),
        seconds=time.perf_counter() - start,
        decoded=decode,
    )


def drop_damaged(table: ImageTable, facts: ImageFacts) -> ImageTable:
    """Return the table without damaged images; a note says how many.

    Args:
        table (ImageTable): the images.
        facts (ImageFacts): see ``look_at_images``.

    Raises:
        ValueError: if a class would have no image, or none in training where
            it has some now.
    """
    if not facts.damaged:
        return table
    reasons = dict(facts.damaged)
    kept = np.array([path not in reasons for path in table.paths], dtype=bool)
    path, reason = facts.damaged[0]
    made = table.only(
        kept, f"images that cannot be used: {len(reasons):,}, such as '{path}': {reason}"
    )
    trainable = [
        np.bincount(t.labels[np.isin(t.splits, ('', 'train'))], minlength=len(t.ids))
        for t in (table, made)
    ]
    lost = np.flatnonzero((trainable[0] > 0) & (trainable[1] == 0))
    if lost.size:
        label = int(lost[0])
        path = next(
            path for path, own in zip(table.paths, table.labels) if own == label and path in reasons
        )
        raise ValueError(
            f'The class {table.ids[label]!r} has no image left to train on, as all are damaged, '
            f"such as '{path}': {reasons[path]} ({len(lost)} of {len(table.ids)} classes). Repair "
            'its files or take the class out.'
        )
    return made


def _spread(table: ImageTable, num_files: int | None) -> list[int]:
    """Return images in the order of their classes, evenly spaced."""
    by_class = np.argsort(table.labels, kind='stable')
    if num_files is None or num_files >= len(by_class):
        return sorted(by_class.tolist())
    places = np.linspace(0, len(by_class) - 1, num_files).round().astype(np.int64)
    return sorted(set(by_class[places].tolist()))


def _look(path: str, decode: bool) -> tuple[tuple[int, int], str, str] | str:
    """Return size, format and mode of an image, or what is wrong with it."""
    fault = find_fault(path, mmcv.imread, decode)
    if fault:
        return fault
    try:
        with Image.open(path) as image:
            return image.size, image.format or '', image.mode
    except (*READ_ERRORS, Image.DecompressionBombError) as error:
        return _opened_by_others(path) or f'it cannot be read ({type(error).__name__})'


def _opened_by_others(path: str) -> tuple[tuple[int, int], str, str] | None:
    """Return the facts of an image that OpenCV opens and Pillow does not."""
    try:
        pixels = mmcv.imread(path)
    except READ_ERRORS:
        return None
    if pixels is None:
        return None
    return (pixels.shape[1], pixels.shape[0]), 'other', 'RGB'
