"""JPEGs of 500 x 375 pixels to batches: decoders, and whole loaders."""

import functools
import io
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from _jpegs import write_images
from torch.utils.data import DataLoader, Dataset

from .measuring import ROOT, milliseconds, rounded
from .running import Context

_NOISE = 22  # files of about 110 KB, as ImageNet's


def decoders(context: Context):
    """Time one thread that decodes, by each library that is there."""
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), 8, _NOISE)
        files = [path.read_bytes() for path in sorted(Path(folder).glob('*.jpg'))]
    context.put(kilobytes=rounded(np.mean([len(file) for file in files]) / 1e3))
    for name, make in _DECODERS.items():
        try:
            decode = make()
        except ImportError as missing:
            context.put(**{name: dict(missing=missing.name or str(missing))})
            continue
        with context.noted(name) as found:
            spent = milliseconds(lambda decode=decode: [decode(f) for f in files], 'cpu', 5)
            found['images_per_s'] = rounded(len(files) * 1e3 / spent)
    if context.on_gpu:
        _decode_on_gpu(context, files)


def _pillow() -> Callable:
    from PIL import Image

    return lambda data: np.asarray(Image.open(io.BytesIO(data)).convert('RGB'))


def _pillow_reduced() -> Callable:
    """Decode at the smallest of 1, 1/2, 1/4, 1/8 that has the short edge of 256."""
    from PIL import Image

    def decode(data):
        image = Image.open(io.BytesIO(data))
        image.draft('RGB', (256, 256))
        return np.asarray(image.convert('RGB'))

    return decode


def _opencv(flag: str) -> Callable:
    import cv2

    cv2.setNumThreads(0)
    return lambda data: cv2.imdecode(np.frombuffer(data, np.uint8), getattr(cv2, flag))


def _turbojpeg() -> Callable:
    from turbojpeg import TurboJPEG

    try:
        return TurboJPEG().decode
    except RuntimeError as error:  # the binding is there, its library is not
        raise ImportError(str(error), name='libturbojpeg') from error


def _torchvision() -> Callable:
    from torchvision.io import decode_jpeg

    return lambda data: decode_jpeg(torch.frombuffer(bytearray(data), dtype=torch.uint8))


_DECODERS = dict(
    pillow=_pillow,
    pillow_reduced=_pillow_reduced,
    opencv=functools.partial(_opencv, 'IMREAD_COLOR'),
    opencv_half=functools.partial(_opencv, 'IMREAD_REDUCED_COLOR_2'),
    turbojpeg=_turbojpeg,
    torchvision=_torchvision,
)


def _decode_on_gpu(context: Context, files: list[bytes]):
    """Time torchvision's decoder on the card."""
    from torchvision.io import decode_jpeg

    batch = [torch.frombuffer(bytearray(f), dtype=torch.uint8) for f in files * 16]
    try:
        spent = milliseconds(lambda: decode_jpeg(batch, device=context.device), context.device, 3)
    except RuntimeError as error:  # built without nvJPEG
        context.put(torchvision_on_gpu=dict(error=str(error)[:200]))
        return
    context.put(torchvision_on_gpu=dict(images_per_s=rounded(len(batch) * 1e3 / spent)))


class _TorchvisionImages(Dataset):
    """The recipe's kind of augmentation, by torchvision on Pillow images."""

    def __init__(self, folder: Path, randaugment: bool):
        from torchvision import transforms

        self.paths = sorted(folder.glob('*.jpg'))
        steps = [
            transforms.RandomResizedCrop(224, interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.RandomHorizontalFlip(),
        ]
        if randaugment:
            steps.append(transforms.RandAugment())
        self.transform = transforms.Compose([*steps, transforms.PILToTensor()])

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        from PIL import Image

        return self.transform(Image.open(self.paths[index]).convert('RGB'))


def torchvision_loader(context: Context):
    """Time a loader on all cores that needs torch and torchvision alone."""
    with tempfile.TemporaryDirectory() as folder:
        count = 16 if context.small else 1024
        write_images(Path(folder), count, _NOISE)
        for name, randaugment in (('plain', False), ('randaugment', True)):
            dataset = _TorchvisionImages(Path(folder), randaugment)
            context.put(**{name: _images_per_second(context, dataset, None)})


def recipe_loader(context: Context):
    """Time the pipeline of the ImageNet-LT recipes on all cores, and forms of it.

    The loader's rate against that of the step says which of them is the limit.
    """
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmpretrain.registry import DATASETS

    import vlltr_mm  # noqa: F401

    init_default_scope('mmpretrain')
    cfg = Config.fromfile(str(ROOT / 'configs/_base_/datasets/imagenet_lt.py'))
    pipeline = cfg.train_dataloader.dataset.pipeline
    forms = dict(
        recipe=pipeline,
        without_randaugment=[t for t in pipeline if t.type != 'RandAugment'],
        decoded_by_pillow=[dict(pipeline[0], imdecode_backend='pillow'), *pipeline[1:]],
        resized_by_opencv=[pipeline[0], dict(pipeline[1], backend='cv2'), *pipeline[2:]],
    )
    if _can_import('turbojpeg'):
        forms['decoded_by_turbojpeg'] = [
            dict(pipeline[0], imdecode_backend='turbojpeg'),
            *pipeline[1:],
        ]
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), 16 if context.small else 1024, _NOISE)
        for name, form in forms.items():
            dataset = dict(
                cfg.train_dataloader.dataset,
                data_root=folder,
                class_counts=[1] * 10,
                metainfo=dict(classes=[f'class {i}' for i in range(10)]),
                pipeline=form,
            )
            with context.noted(name) as found:
                found.update(_images_per_second(context, DATASETS.build(dataset), _collate))


def _collate(samples: list[dict]) -> dict:
    return dict(
        inputs=torch.stack([s['inputs'] for s in samples]),
        data_samples=[s['data_samples'] for s in samples],
    )


def _can_import(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return False
    return True


class _Repeated(Dataset):
    """A data set several times over, as an epoch of its own."""

    def __init__(self, dataset: Dataset, times: int):
        self.dataset, self.times = dataset, times

    def __len__(self) -> int:
        return self.times * len(self.dataset)

    def __getitem__(self, index: int):
        return self.dataset[index % len(self.dataset)]


def _images_per_second(context: Context, dataset: Dataset, collate: Callable | None) -> dict:
    """Return the rate of a loader with a process for each core, and of one core."""
    workers = 1 if context.small else os.cpu_count()
    loader = DataLoader(
        _Repeated(dataset, 2 if context.small else 16),
        batch_size=8 if context.small else 128,
        num_workers=workers,
        collate_fn=collate,
        multiprocessing_context='fork',
        pin_memory=context.on_gpu,
    )
    batches = iter(loader)
    for _ in range(workers):  # these came at once, one of each process
        next(batches)
    start, count = time.perf_counter(), 0
    for batch in batches:
        count += len(batch['inputs'] if isinstance(batch, dict) else batch)
    rate = count / (time.perf_counter() - start)
    return dict(
        images_per_s=rounded(rate), workers=workers, one_core=rounded(_one_core(dataset, context))
    )


def _one_core(dataset: Dataset, context: Context) -> float:
    """Return the images per second of one process."""
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    count = 4 if context.small else 100
    start = time.process_time()
    for index in range(count):
        dataset[index % len(dataset)]
    return count / (time.process_time() - start)
