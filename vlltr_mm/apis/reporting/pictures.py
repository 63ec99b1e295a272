"""Test images as small pictures in a page."""

import base64
import io

import numpy as np
from PIL import Image

from ...utils.image_files import READ_ERRORS

_SIDE = 96  # pixels
_QUALITY = 80


def thumbnail(info: dict) -> str | None:
    """Return an image as a small JPEG.

    Args:
        info (dict): of a data set's sample, with ``img_path`` or, as in CIFAR,
            ``img`` (H, W, 3) in RGB.

    Returns:
        str | None: base64; None for stored features, and for a file that
        cannot be read.
    """
    try:
        if info.get('img_path') is not None:
            image = Image.open(info['img_path'])
        elif info.get('img') is not None:
            image = Image.fromarray(np.asarray(info['img'], dtype=np.uint8))
        else:
            return None
        with image:
            image.draft('RGB', (2 * _SIDE, 2 * _SIDE))  # a large JPEG is decoded small
            small = image.convert('RGB')
    except READ_ERRORS:
        return None
    small.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    small.save(file, 'JPEG', quality=_QUALITY, optimize=True)
    return base64.b64encode(file.getvalue()).decode()
