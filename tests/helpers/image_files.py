"""Image files, whole and damaged, as they are found on disks."""

import io

import numpy as np
from PIL import Image

FORMATS = ('JPEG', 'PNG', 'BMP', 'WEBP', 'TIFF', 'PPM')


def encode(kind='JPEG', **options):
    """Return the bytes of a noisy picture."""
    pixels = np.random.default_rng(0).integers(0, 255, (48, 48, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


DAMAGED = {
    'empty': (b'', 'it is empty'),
    'page': (b'\n<!DOCTYPE html><html>404</html>' * 9, 'no image but a web page'),
    'lfs': (b'version https://git-lfs.github.com/spec/v1\noid sha256:0', 'a pointer of Git LFS'),
    'zip': (b'PK\x03\x04' + bytes(99), 'a zip archive'),
    'zeros': (bytes(999), 'it cannot be decoded'),
    'cut': (encode()[:1500], 'cut off'),
    'cut_png': (encode('PNG')[:1500], 'cut off'),
    'noise': (bytes(range(256)), 'it cannot be decoded'),
}
