"""Squares that grow with the epochs: areas, places, and who knows the epoch."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from vlltr_mm.datasets import ShrinkingSquareCrop
from vlltr_mm.datasets.transforms.shrinking_square_crop import least_crop


def test_least_crop():
    assert [round(least_crop(e, 5), 3) for e in range(5)] == [0.08, 0.109, 0.203, 0.391, 1.0]
    assert least_crop(0, 1) == 1 and least_crop(2, 3, first=0.5) == 1
    for epochs in (2, 15):
        for epoch in range(epochs):
            t = epoch / (epochs - 1)
            s = 1 - math.sqrt(1 - t**2)
            assert least_crop(epoch, epochs) == pytest.approx(0.08 + 0.92 * s)


def places(height, width):
    """Return an image whose pixels tell where they are."""
    y, x = np.mgrid[:height, :width]
    return np.stack([y, x, 0 * x], axis=2).astype(np.uint8)


def draw(transform, img, times):
    """Return sides and places of crops, read from the pixels of their corners."""
    cut, found = [], []

    def resize(crop, size, **kwargs):
        cut.append(crop)
        assert size == (16, 16)
        return np.zeros((*size, 3), np.uint8)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('mmcv.imresize', resize)
        for _ in range(times):
            transform(dict(img=img))
    for crop in cut:
        assert crop.shape[0] == crop.shape[1]
        found.append((crop.shape[0], int(crop[0, 0, 0]), int(crop[0, 0, 1])))
    return np.array(found)


@pytest.mark.parametrize('height, width', [(40, 60), (60, 40), (50, 50)])
def test_areas_and_places(height, width):
    np.random.seed(0)
    transform, img, short = ShrinkingSquareCrop(16), places(height, width), min(height, width)
    for epoch in range(5):
        transform.begin_epoch(epoch, 5)
        sides, tops, lefts = draw(transform, img, 400).T
        share = short**2 / (height * width)
        least = min(least_crop(epoch, 5), share)
        # An edge is rounded to a pixel.
        assert sides.min() >= math.sqrt(least * height * width) - 0.5
        assert sides.max() <= short
        assert (
            (tops >= 0).all() and (tops + sides <= height).all() and (lefts + sides <= width).all()
        )
        mean = (least + share) / 2 * height * width  # of an even draw
        assert (sides**2).mean() == pytest.approx(mean, rel=0.06)
        if epoch == 4:
            assert (sides == short).all()
    # Every place along the long edge is drawn.
    assert len(set(tops)) == height - short + 1 and len(set(lefts)) == width - short + 1


def test_the_last_epoch_is_the_resized_square():
    transform = ShrinkingSquareCrop(16)
    transform.begin_epoch(0, 1)
    img = places(32, 32)
    results = transform(dict(img=img))
    assert results['img'].shape == results['img_shape'] == (16, 16, 3)
    assert abs(int(results['img'][8, 8, 0]) - 16) <= 1


class Crops(Dataset):
    """Sizes of the crops of one image."""

    def __init__(self):
        self.transform = ShrinkingSquareCrop(8)

    def __len__(self):
        return 12

    def __getitem__(self, index):
        self.transform(dict(img=places(40, 60)))
        epoch, epochs = self.transform._epochs.tolist()
        return torch.tensor([epoch, epochs])


def test_processes_that_outlive_an_epoch_know_the_next():
    dataset = copy.deepcopy(Crops())
    loader = DataLoader(dataset, batch_size=2, num_workers=2, persistent_workers=True)
    for epoch in (3, 4):  # as after a resume
        dataset.transform.begin_epoch(epoch, 5)
        seen = torch.cat(list(loader))
        assert seen.tolist() == [[epoch, 5]] * 12
    del loader


def test_a_copy_has_an_epoch_of_its_own():
    transform = ShrinkingSquareCrop(8)
    transform.begin_epoch(1, 5)
    for other in (copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        assert other._epochs.tolist() == [1, 5]
        other.begin_epoch(2, 5)
        assert transform._epochs.tolist() == [1, 5]


def test_the_epoch_must_be_told():
    with pytest.raises(RuntimeError, match="does not know the epoch.*type='TransformEpochHook'"):
        ShrinkingSquareCrop(8)(dict(img=places(9, 9)))


def test_bad_arguments():
    with pytest.raises(ValueError, match='scale of ShrinkingSquareCrop is 0'):
        ShrinkingSquareCrop(0)
    with pytest.raises(ValueError, match='first of ShrinkingSquareCrop is 2'):
        ShrinkingSquareCrop(8, first=2)
