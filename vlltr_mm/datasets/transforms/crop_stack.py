"""Several crops of one image."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS

from ...utils.validation import check_int

CROPS = (5, 10)


@TRANSFORMS.register_module()
class CropStack(BaseTransform):
    """Cut the four corners and the centre, for ``CropEnsembleHook``.

    The image becomes a stack (K, 3, size, size), which ``PackInputs`` keeps.

    Args:
        size (int): edge of a crop in pixels.
        crops (int): K, 5; or 10, with their mirror images. Defaults to 5.

    Raises:
        ValueError: if ``size`` is below 1, or ``crops`` another number.
    """

    def __init__(self, size: int, crops: int = 5):
        self.size = check_int(size, 'size of CropStack', 1)
        if crops not in CROPS:
            raise ValueError(f'crops is {crops}; allowed are {" and ".join(map(str, CROPS))}.')
        self.crops = crops

    def transform(self, results: dict) -> dict:
        """Replace the image by its crops.

        Raises:
            ValueError: if the image is smaller than a crop.
        """
        img, size = results['img'], self.size
        bottom, right = img.shape[0] - size, img.shape[1] - size
        if min(bottom, right) < 0:
            raise ValueError(
                f'The image {results.get("img_path", "")} is {img.shape[1]} x {img.shape[0]} '
                f"pixels, and a crop {size}; put dict(type='ResizeEdge', scale=..., edge='short') "
                'with more than that before CropStack.'
            )
        # As CenterCrop rounds.
        places = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
        places.append((round(bottom / 2), round(right / 2)))
        stack = np.stack([img[y : y + size, x : x + size] for y, x in places])
        if self.crops == 10:
            stack = np.concatenate([stack, stack[:, :, ::-1]])
        # (K, H, W, 3) to (K, 3, H, W)
        results['img'] = np.ascontiguousarray(stack.transpose(0, 3, 1, 2))
        results['img_shape'] = (size, size)
        return results

    def __repr__(self):
        """Return the arguments."""
        return f'{type(self).__name__}(size={self.size}, crops={self.crops})'
