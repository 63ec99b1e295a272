"""What is wrong with an image file, in words."""

import os
import os.path as osp
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import mmcv
from PIL import Image

# How files begin that are images and, with how they end, whole.
_KNOWN = (
    (b'\xff\xd8\xff', b'\xff\xd9'),  # JPEG
    (b'\x89PNG\r\n\x1a\n', b'IEND\xaeB`\x82'),
    (b'GIF8', b''),
    (b'BM', b''),
    (b'II*\x00', b''),  # TIFF
    (b'MM\x00*', b''),
    (b'RIFF', b''),  # WebP
)
_OTHERS = (
    (b'<', 'a web page or other text'),
    (b'{', 'JSON'),
    (b'version https://git-lfs', 'a pointer of Git LFS; fetch it with git lfs pull'),
    (b'PK\x03\x04', 'a zip archive'),
    (b'\x1f\x8b', 'a gzip archive'),
    (b'%PDF', 'a PDF'),
)
ENDINGS = ('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif', '.tiff', '.webp')
# What those who open images raise; Pillow a SyntaxError, of some PNG files.
READ_ERRORS = (cv2.error, AssertionError, OSError, SyntaxError, ValueError)


class UnreadableImageError(ValueError):
    """An image cannot be used."""


def unreadable(path: str, fault: str, more: str = '') -> UnreadableImageError:
    """Return the error of an image.

    Args:
        path (str): the file.
        fault (str): such as 'it is empty'.
        more (str): what else to say. Defaults to ''.
    """
    return UnreadableImageError(  # of one argument, as loader processes send it on
        f"The image '{path}' cannot be used: {fault}. Repair it or take it out of the list; "
        f'tools/analysis_tools/check_recipe.py CONFIG --decode names all such images.{more}'
    )


def find_fault(
    path: str, load: Callable[[str], object] | None = None, decode: bool = False
) -> str | None:
    """Return why an image cannot be used, or None.

    Looks at the file's size, first and last bytes. Only where these are not
    those of a whole image is it opened, so that no image is refused that can
    be opened. What is at an address is not looked at.

    Args:
        path (str): the file, or an address such as 's3://…'.
        load (Callable, optional): opens an image; raises, or returns None,
            where it cannot. Defaults to None, for files that are in a form of
            their own: only existence and size count.
        decode (bool): open every image. Defaults to False.

    Returns:
        str | None: such as 'it is empty'.
    """
    if '://' in path:
        return None
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return 'it does not exist'
    except OSError as error:
        return f'it cannot be read ({error.strerror})'
    if stat.S_ISDIR(status.st_mode):
        return 'it is a folder'
    if status.st_size == 0:
        return 'it is empty'
    if load is None:
        return None
    try:
        head, whole = _look(path, status.st_size)
    except OSError as error:
        return f'it cannot be read ({error.strerror})'
    if whole and not decode:
        return None
    try:
        opened = load(path) is not None
    except Exception:  # whatever would have ended the run
        opened = False
    if not opened:
        other = [name for start, name in _OTHERS if head.lstrip().startswith(start)]
        if other:
            return f'it is no image but {other[0]}'
        return 'it cannot be decoded: damaged, cut off, or no image'
    return 'it is cut off' if not whole and _is_cut(path) else None


@contextmanager
def naming_the_image(path_of: Callable[[], str | None]) -> Iterator[None]:
    """Let an error in a pipeline name the image where that is the cause.

    An image that is not on the disk came from another storage backend, unless
    it was opened there.

    Args:
        path_of (Callable): returns the image's path; called on an error only.

    Raises:
        UnreadableImageError: if the image cannot be opened; other errors stay
            as they are.
    """
    try:
        yield
    except UnreadableImageError:
        raise
    except READ_ERRORS as error:
        path = path_of()
        on_disk = path and (osp.exists(path) or getattr(error, 'filename', None))
        fault = find_fault(path, mmcv.imread, decode=True) if on_disk else None
        if fault is None:
            raise
        raise unreadable(path, fault) from error


def _look(path: str, size: int) -> tuple[bytes, bool]:
    """Return a file's first bytes, and whether it begins and ends as an image."""
    with open(path, 'rb', buffering=0) as file:
        head = file.read(64)
        for start, end in _KNOWN:
            if head.startswith(start):
                file.seek(max(0, size - 16))
                return head, not end or end in file.read(16)
    return head, False


def _is_cut(path: str) -> bool:
    """Tell whether Pillow, which is stricter than OpenCV, misses the end."""
    try:
        with Image.open(path) as image:
            image.load()
    except READ_ERRORS as error:
        return 'truncated' in str(error)
    return False
