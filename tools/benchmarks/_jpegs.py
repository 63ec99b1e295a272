"""JPEGs of the usual size of a photograph; needs NumPy and Pillow alone."""

from pathlib import Path

import numpy as np
from PIL import Image


def write_images(folder: Path, count: int, noise: float = 0.0) -> Path:
    """Write 500 x 375 JPEGs, ImageNet's usual size, and their list.

    Args:
        folder (Path): where to.
        count (int): how many.
        noise (float): standard deviation of what is added to every pixel; 22
            gives files of about 110 KB, as ImageNet's. Defaults to 0.

    Returns:
        Path: the list, ten classes in turn.
    """
    rng = np.random.default_rng(0)
    for index in range(count):
        coarse = rng.integers(0, 255, (15, 20, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((500, 375), Image.BICUBIC)
        if noise:
            pixels = np.asarray(image) + rng.normal(0, noise, (375, 500, 3))
            image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        image.save(folder / f'{index}.jpg', quality=90)
    lines = [f'{index}.jpg {index % 10}\n' for index in range(count)]
    path = folder / 'ImageNet_LT_train.txt'
    path.write_text(''.join(lines))
    return path
