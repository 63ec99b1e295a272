"""Models, optimizers and batches of the real configs, with drawn images and text."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import NamedTuple
from unittest import mock

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.optim.optimizer import amp_optimizer_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample
from torch import nn

from vlltr_mm.apis.checks.cost import step_key
from vlltr_mm.apis.running import find_config
from vlltr_mm.models import AnchorHead
from vlltr_mm.utils.model import build_model

from .running import Context

# What a dry run takes in place of CLIP's towers.
_TINY_VISION = dict(
    RN=dict(image_size=32, layers=(1, 1, 1, 1), width=8, head_width=32),
    Vi=dict(image_size=32, patch_size=16, layers=1, width=32, head_width=16),
)
_TINY_TEXT = dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1)
_TINY_DIMS = 16
_TINY_CLASSES, _TINY_ANCHORS, _TINY_BATCH = 12, 4, 4
_SENTENCES = 10_000  # of a drawn bank of the teacher's embeddings
_START, _END = 49406, 49407  # tokens of CLIP


class Recipe(NamedTuple):
    """A config with what it builds, on the device, ready to train.

    key: by which other configs whose steps cost the same are known.
    """

    cfg: Config
    key: str
    model: nn.Module
    wrapper: OptimWrapper
    batch: int
    context: Context

    def batches(self, count: int, batch: int | None = None) -> list[dict]:
        """Draw batches as a loader gives them; images are the same in all."""
        batch = batch or self.batch
        size = (getattr(self.model, 'vision_backbone', None) or self.model.backbone).img_size
        generator = torch.Generator().manual_seed(0)
        shape = batch, 3, size, size
        images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
        if self.context.on_gpu:
            images = images.pin_memory()
        classes = self.cfg.data_preprocessor.num_classes
        return [
            dict(inputs=images, data_samples=_samples(batch, classes, generator))
            for _ in range(count)
        ]

    def step(self, data: dict) -> dict:
        """Take a step as the Runner does; return what it logs."""
        return self.model.train_step(data, self.wrapper)


def load(context: Context, name: str, batch: int | None = None, **model) -> Recipe:
    """Build a recipe without its files: drawn weights, anchors and teacher's bank.

    Args:
        context (Context): with the device; in a dry run all is tiny.
        name (str): of the config.
        batch (int, optional): images of a step. Defaults to None, the
            config's on one GPU.
        **model: changes of the config's model.
    """
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True  # as in default_runtime.py
    cfg = Config.fromfile(find_config(name))
    cfg.model.update(model)
    key = step_key(cfg)
    _without_files(cfg)
    if context.small:
        _shrink(cfg)
    with _quiet():
        built = build_model(cfg)
        _fill(built)
        built = built.to(context.device).train()
        wrapper = _build_wrapper(cfg, built, context)
    batch = _TINY_BATCH if context.small else batch or cfg.train_dataloader.batch_size
    return Recipe(cfg, key, built, wrapper, batch, context)


def _without_files(cfg: Config):
    """Take off what is read from files."""
    classes = cfg.data_preprocessor.num_classes
    for key in ('backbone', 'vision_backbone', 'text_backbone'):
        if key in cfg.model:
            cfg.model[key].pretrained = None
    head = cfg.model.get('head')
    if head is not None:
        if 'anchors' in head:
            head.anchors = None
        if 'class_counts' in (head.get('loss') or {}):
            head.loss.class_counts = list(range(classes, 0, -1))


def _shrink(cfg: Config):
    """Make towers, classes and anchors tiny."""
    cfg.data_preprocessor.num_classes = _TINY_CLASSES
    for key in ('backbone', 'vision_backbone', 'text_backbone'):
        if key in cfg.model:
            vision = _TINY_VISION[cfg.model[key].arch[:2]]
            cfg.model[key].arch = dict(embed_dim=_TINY_DIMS, vision_cfg=vision, text_cfg=_TINY_TEXT)
            cfg.model[key].pop('img_size', None)
    head = cfg.model.get('head')
    if head is not None:
        head.update(num_classes=_TINY_CLASSES, in_channels=_TINY_DIMS)
        if 'num_anchors' in head:
            head.num_anchors = _TINY_ANCHORS
        if 'num_classes' in (head.get('loss') or {}):
            head.loss.num_classes = _TINY_CLASSES
        if 'class_counts' in (head.get('loss') or {}):
            head.loss.class_counts = list(range(_TINY_CLASSES, 0, -1))


def _fill(model: nn.Module):
    """Draw anchors of a head, and the bank of a teacher."""
    head = getattr(model, 'head', None)
    if isinstance(head, AnchorHead):
        feats = torch.randn(head.anchor_feats.shape)
        head.set_anchors(feats, torch.ones(feats.shape[:2], dtype=torch.bool))
    if getattr(model, 'teacher', None) is not None:
        model.teacher.copy_from(model)
        model.set_teacher_text_bank(torch.randn(_SENTENCES, model.text_backbone.embed_dims))


def _samples(batch: int, classes: int, generator: torch.Generator) -> list[DataSample]:
    """Draw labels and sentences of 8 to 77 tokens."""
    draw = partial(torch.randint, generator=generator)
    samples = []
    for label, length, index in zip(
        draw(0, classes, (batch,)).tolist(),
        draw(6, 76, (batch,)).tolist(),
        draw(0, _SENTENCES, (batch,)).tolist(),
    ):
        words = draw(1, _START, (length,))
        tokens = torch.cat([torch.tensor([_START]), words, torch.tensor([_END])])
        sample = DataSample(text_index=index).set_gt_label(label)
        sample.set_field(tokens, 'text_tokens')
        samples.append(sample)
    return samples


def _build_wrapper(cfg: Config, model: nn.Module, context: Context) -> OptimWrapper:
    """Build the config's optimizer; half precision is bfloat16 on a CPU."""
    settings = dict(cfg.optim_wrapper)
    if context.on_gpu or settings['type'] != 'AmpOptimWrapper':
        return build_optim_wrapper(model, settings)
    with _amp_on_cpu():
        return build_optim_wrapper(model, dict(settings, dtype='bfloat16'))


@contextmanager
def _amp_on_cpu() -> Iterator[None]:
    """Let MMEngine's wrapper for mixed precision, which asks for a GPU, be made without one."""
    scaler = partial(torch.amp.GradScaler, 'cpu')
    with (
        mock.patch.object(amp_optimizer_wrapper, 'is_cuda_available', lambda: True),
        mock.patch.object(amp_optimizer_wrapper, 'GradScaler', scaler),
    ):
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out the host's line per parameter."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def precision(recipe: Recipe, dtype: torch.dtype | None):
    """Return the autocast context of a type; None is float32."""
    if dtype is None:
        return nullcontext()
    return torch.autocast(torch.device(recipe.context.device).type, dtype)
