"""Put a batch through a model, and its metrics' counts to the proof."""

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import METRICS
from torch import nn

from ...datasets.corpus.tokenizer import build_tokenizer
from ...datasets.text_corpus_dataset import corpus_config
from ...engine.encoding import text_misfit
from ...evaluation import ClassSplitAccuracy, SentenceRetrieval
from ...models import (
    CVLP,
    AnchorHead,
    ContrastiveClassifier,
    LabelledQueue,
    OpenCLIPTextBackbone,
    OpenCLIPVisionBackbone,
)
from ...models.backbones.openclip.towers import preprocessing
from ...models.heads.training_free_head import TrainingFreeClsHead
from ...models.losses.count_based_loss import CountBasedLoss
from .data import DataReport

_SAMPLES = 2  # batch norm needs two


def check_forward(
    model: nn.Module,
    train: DataReport | None,
    evaluated: DataReport | None,
    in_channels: int | None = None,
):
    """Put two images through a classifier, and compute their loss where it trains.

    Args:
        model (nn.Module): a built model; only an ``ImageClassifier`` is
            looked at. Its state may change.
        train (DataReport, optional): of the training data.
        evaluated (DataReport, optional): of other data, where there is no
            training.
        in_channels (int, optional): that of the head's config.

    Raises:
        ValueError: if widths, counts or labels do not fit.
    """
    report = train or evaluated
    if not isinstance(model, ImageClassifier) or report is None or report.batch is None:
        return
    model = revert_sync_batchnorm(model)  # it needs a GPU
    batch = _first_samples(report.batch)
    head = model.head
    with torch.no_grad():
        data = model.data_preprocessor(batch, training=train is not None)
        views = data['inputs'] if isinstance(data['inputs'], list) else [data['inputs']]
        feats = model.extract_feat(views[0])
        last = feats[-1] if isinstance(feats, (tuple, list)) else feats
        if in_channels and isinstance(last, torch.Tensor) and last.shape[1] != in_channels:
            raise ValueError(
                f'model.head.in_channels is {in_channels}, but backbone and neck give features of '
                f'width {last.shape[1]} (shape {tuple(last.shape)}); set in_channels to that.'
            )
        if head is None or train is None or isinstance(head, TrainingFreeClsHead):
            return
        if isinstance(head, AnchorHead) and not head.anchor_mask.any():
            # In place of those that the stage before is yet to write.
            first = head.anchor_feats[:, :1]
            head.set_anchors(torch.ones_like(first), torch.ones_like(first[..., 0]))
        if isinstance(model, ContrastiveClassifier):  # its loss is that of two views
            model.loss(data['inputs'], data['data_samples'])
        else:
            head.loss(feats, data['data_samples'])


def _first_samples(batch: dict) -> dict:
    """Return the first samples of a batch, with all their views, or of pairs both halves."""
    inputs, samples = batch['inputs'], batch['data_samples']
    views = isinstance(inputs, list) and not (torch.is_tensor(inputs[0]) and inputs[0].ndim == 3)
    pairs = isinstance(samples[0], (list, tuple))
    return dict(
        inputs=[view[:_SAMPLES] for view in inputs] if views else inputs[:_SAMPLES],
        data_samples=[own[:_SAMPLES] for own in samples] if pairs else samples[:_SAMPLES],
    )


def check_queues(model: nn.Module, batch: int):
    """Check that the batch of all ranks fits the queues of a model.

    Args:
        model (nn.Module): a built model.
        batch (int): images.

    Raises:
        ValueError: if it does not.
    """
    for module in model.modules():
        if isinstance(module, LabelledQueue):
            module.check_batch(batch)


def stage1_memory(model: CVLP, batch: int) -> dict[str, int]:
    """Estimate the memory that a batch of stage 1 takes, in bytes.

    Counts what one image and one sentence of full length leave for the
    backward pass. With ``chunk_size`` only one chunk of one tower is there at
    a time.

    Args:
        model (CVLP): on the CPU.
        batch (int): samples of a GPU.

    Returns:
        dict[str, int]: of the images and of the activations; empty for towers
        that are not CLIP's, or that recompute activations.
    """
    vision, text = model.vision_backbone, model.text_backbone
    ours = isinstance(vision, OpenCLIPVisionBackbone) and isinstance(text, OpenCLIPTextBackbone)
    if not ours or vision.grad_checkpointing or text.grad_checkpointing:
        return {}
    images = torch.zeros(_SAMPLES, 3, vision.img_size, vision.img_size)
    tokens = torch.ones(_SAMPLES, text.tower.context_length, dtype=torch.long)
    each = [_kept_bytes(tower, x) // _SAMPLES for tower, x in ((vision, images), (text, tokens))]
    chunk = min(batch, model.chunk_size or batch)
    whole = chunk == batch
    return {
        f'{batch:,} images in float32': batch * images[0].nbytes,
        f'activations of {chunk:,} samples in float32, about half in 16 bits': chunk
        * (sum(each) if whole else max(each)),
    }


def _kept_bytes(tower: nn.Module, inputs: torch.Tensor) -> int:
    """Return the bytes that a forward pass keeps besides weights and buffers."""
    own = {t.untyped_storage().data_ptr() for t in (*tower.parameters(), *tower.buffers())}
    kept = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        feats = tower(inputs)  # alive, so that no address comes twice
    del feats
    return sum(kept.values())


def check_counts(model: nn.Module, train: DataReport | None) -> list[str]:
    """Return notes on losses whose counts are not those of the training set."""
    if train is None or train.counts is None:
        return []
    notes = []
    for name, module in model.named_modules():
        counts = module.counts if isinstance(module, CountBasedLoss) else None
        if counts is None or len(counts) != len(train.counts):
            continue
        different = np.flatnonzero(counts.numpy() != train.counts)
        if different.size:
            first = different[0]
            notes.append(
                f'model.{name} counts other training images than the training set has, of '
                f'{different.size} classes: {counts[first]} of class {first} instead of '
                f'{train.counts[first]}.'
            )
    return notes


def text_problems(cfg: Config, model: nn.Module) -> list[str]:
    """Compare the tokens of a config's corpus with what its text tower reads.

    Args:
        cfg (Config): with a training set.
        model (nn.Module): a built model; only one with a text tower is
            looked at.

    Raises:
        FileNotFoundError: if the tokenizer's file is missing.
        ValueError: if the tokenizer cannot be built.
    """
    corpus = corpus_config((cfg.get('train_dataloader') or {}).get('dataset'))
    text_backbone = getattr(model, 'text_backbone', None)
    if text_backbone is None or corpus is None:
        return []
    made = build_tokenizer(corpus.get('tokenizer'))
    return [text for text in [text_misfit(text_backbone, made.rules)] if text]


def preprocessing_notes(model: nn.Module) -> list[str]:
    """Compare mean and deviation of images with those that a tower was trained with.

    Args:
        model (nn.Module): with a ``data_preprocessor``.

    Returns:
        list[str]: a note for each image tower, where open_clip knows other
        ones.
    """
    preprocessor, notes = model.data_preprocessor, []
    if not all(hasattr(preprocessor, name) for name in ('mean', 'std')):
        return []
    own = [getattr(preprocessor, name).flatten().numpy() / 255 for name in ('mean', 'std')]
    for name, module in model.named_modules():
        if not isinstance(module, OpenCLIPVisionBackbone) or name.startswith('teacher'):
            continue
        known = preprocessing(module.arch, module.pretrained)
        wanted = known and [np.array(known['mean']), np.array(known['std'])]
        if wanted and not all(np.allclose(a, b, atol=0.5 / 255) for a, b in zip(own, wanted)):
            values = [', '.join(f'{255 * v:.6g}' for v in part) for part in wanted]
            notes.append(
                f'data_preprocessor has another mean or std than {name} ({module.arch}) was '
                f'trained with; that is mean=[{values[0]}], std=[{values[1]}].'
            )
    return notes


def check_metrics(cfg: Config, reports: dict[str, DataReport]):
    """Resolve the class splits of the evaluators, which a run does after an epoch.

    Args:
        cfg (Config): with ``val_evaluator`` and ``test_evaluator``.
        reports (dict[str, DataReport]): of the data sets, by role.

    Raises:
        ValueError: if training counts are missing, or not those of the classes.
    """
    for role in ('val', 'test'):
        evaluator = cfg.get(f'{role}_evaluator') or []
        for metric in evaluator if isinstance(evaluator, (list, tuple)) else [evaluator]:
            built = METRICS.build(metric)
            if isinstance(built, (ClassSplitAccuracy, SentenceRetrieval)) and role in reports:
                built.dataset_meta = reports[role].metainfo
                built.resolve_splits()
