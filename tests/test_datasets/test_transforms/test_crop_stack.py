"""Crops against slices, and MMPretrain's centre crop."""

import numpy as np
import pytest
import torch
from mmpretrain.registry import TRANSFORMS

from vlltr_mm.datasets import CropStack


def picture(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize('height, width', [(9, 12), (12, 9), (8, 8), (13, 11)])
@pytest.mark.parametrize('crops', [5, 10])
def test_corners_and_centre(height, width, crops):
    img, size = picture(height, width), 8
    results = CropStack(size, crops)(dict(img=img.copy()))
    stack = results['img']
    assert stack.shape == (crops, 3, size, size) and stack.flags.c_contiguous
    corners = [(0, 0), (0, width - size), (height - size, 0), (height - size, width - size)]
    for crop, (top, left) in zip(stack, corners):
        for y in range(size):
            for x in range(size):
                assert (crop[:, y, x] == img[top + y, left + x]).all()
    centre = TRANSFORMS.build(dict(type='CenterCrop', crop_size=size))(dict(img=img))['img']
    assert (stack[4] == centre.transpose(2, 0, 1)).all()
    if crops == 10:
        assert (stack[5:] == stack[:5, :, :, ::-1]).all()
    assert results['img_shape'] == (size, size)


def test_packed():
    pack = TRANSFORMS.build(dict(type='PackInputs'))
    stack = CropStack(4)(dict(img=picture(5, 6), gt_label=1))
    inputs = pack(dict(stack))['inputs']
    assert inputs.dtype == torch.uint8 and torch.equal(inputs, torch.from_numpy(stack['img']))


def test_refused():
    with pytest.raises(ValueError, match='The image a.jpg is 6 x 5 pixels, and a crop 6; put dict'):
        CropStack(6)(dict(img=picture(5, 6), img_path='a.jpg'))
    with pytest.raises(ValueError, match='crops is 3; allowed are 5 and 10'):
        CropStack(6, crops=3)
    with pytest.raises(ValueError, match='size of CropStack is 0'):
        CropStack(0)
