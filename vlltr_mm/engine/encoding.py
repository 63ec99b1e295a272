"""Encode many images or sentences, distributed over the ranks."""

from collections.abc import Sequence
from contextlib import contextmanager
from itertools import chain

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.dist import all_gather, get_dist_info
from mmengine.logging import MMLogger
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from ..models.multimodal.cvlp import pad_tokens
from ..structures import ClassRecord, FeatureBank
from ..structures.sentence_origins import pack_origins
from ..utils.token_rules import CLIP, TokenRules
from ..utils.weights_digest import weights_digest
from .class_records import record_of_dataset


def _device(module: nn.Module) -> torch.device:
    """Return the device of a module; a frozen teacher has buffers only."""
    return next(chain(module.parameters(), module.buffers())).device


@contextmanager
def _eval_mode(model: nn.Module):
    """Switch a model to eval for a block, then restore every sub-module."""
    states = {m: m.training for m in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in states.items():
            module.training = training


def _gather_strided(local: Tensor, total: int) -> Tensor:
    """Gather rows ``rank::world_size`` of all ranks in their original order.

    Args:
        local (Tensor): (n_r, ...), this rank's rows.
        total (int): the rows of all ranks together.

    Returns:
        Tensor: (total, ...) on the CPU, the same on every rank.
    """
    _, world_size = get_dist_info()
    if world_size == 1:
        return local.cpu()
    rows = -(-total // world_size)
    padded = local.new_zeros((rows, *local.shape[1:]))
    padded[: len(local)] = local
    stacked = torch.stack(all_gather(padded), dim=1)  # (rows, ranks, ...)
    return stacked.flatten(0, 1)[:total].cpu()


def text_misfit(text_backbone: nn.Module, made: TokenRules) -> str:
    """Describe how tokens are not those that a text tower reads.

    Args:
        text_backbone (nn.Module): a tower; one without ``token_rules`` takes
            what it gets.
        made (TokenRules): by which the tokens are made.

    Returns:
        str: what differs and the remedy; empty where they fit.
    """
    read = getattr(text_backbone, 'token_rules', None)
    misfit = made.misfit(read) if read else ''
    if not misfit:
        return ''
    arch = text_backbone.arch
    named = repr(arch) if isinstance(arch, str) else "that of the model's text_backbone"
    file = '' if read.tokenizer == CLIP else ", file='…/tokenizer.json'"
    return (
        f'The corpus has other tokens than the text tower reads: {misfit}. Give the corpus '
        f'tokenizer=dict(arch={named}{file}).'
    )


def check_text_fits(text_backbone: nn.Module, corpus):
    """Refuse a corpus whose tokens are not those that a text tower reads.

    Args:
        text_backbone (nn.Module): see ``text_misfit``.
        corpus (TextCorpus): the sentences.

    Raises:
        ValueError: if another tokenizer made them, or to another length.
    """
    misfit = hasattr(corpus, 'token_rules') and text_misfit(text_backbone, corpus.token_rules)
    if misfit:
        raise ValueError(misfit)


def build_sentence_bank(
    text_backbone: nn.Module, corpus, batch_size: int = 512, known: FeatureBank | None = None
) -> FeatureBank:
    """Encode every sentence of a corpus once, distributed over the ranks.

    Args:
        text_backbone (nn.Module): maps (N, L) tokens to ``((N, D),)``.
        corpus (TextCorpus): has ``classes``, ``token_ids``, ``token_lengths``,
            ``labels`` and ``fingerprint`` of S sentences, and ``pad_id``
            where that is not 0; ``origin_names`` and ``origins``, where it
            has them, go into the bank's ``meta``.
        batch_size (int): sentences encoded at a time. Defaults to 512.
        known (FeatureBank, optional): an earlier result, which is returned
            again if corpus and weights are still the same. Defaults to None.

    Returns:
        FeatureBank: feats (S, D) float32 on the CPU, not normalised, and
        labels (S,), in the corpus's order, the same on every rank.

    Raises:
        ValueError: see ``check_text_fits``.
    """
    check_text_fits(text_backbone, corpus)
    record = ClassRecord(
        corpus.classes, corpus=corpus.fingerprint, tower=weights_digest(text_backbone)
    )
    meta = dict(kind='sentences', record=record.to_meta())
    if hasattr(corpus, 'origin_names'):
        meta['origins'] = pack_origins(corpus.origin_names, corpus.origins.tolist())
    if known is not None and known.meta == meta:
        return known
    labels = torch.as_tensor(np.asarray(corpus.labels), dtype=torch.long)
    return FeatureBank(_encode_sentences(text_backbone, corpus, batch_size), labels, meta)


@torch.no_grad()
def _encode_sentences(text_backbone: nn.Module, corpus, batch_size: int) -> Tensor:
    """Encode S sentences to (S, D) float32 on the CPU.

    They go in the order of their length, so that a batch is hardly wider than
    its sentences.
    """
    rank, world_size = get_dist_info()
    device = _device(text_backbone)
    order = np.argsort(corpus.token_lengths, kind='stable')
    mine = order[rank::world_size]
    chunks = []
    with _eval_mode(text_backbone):
        for start in track(
            range(0, len(mine), batch_size),
            description='Encoding sentences',
            disable=rank > 0,
            transient=True,
        ):
            rows = mine[start : start + batch_size]
            ragged = [corpus.token_ids(int(s)) for s in rows]
            tokens = pad_tokens(ragged, text_backbone, getattr(corpus, 'pad_id', 0))
            chunks.append(text_backbone(tokens.to(device))[-1].float())
    if not chunks:  # fewer sentences than ranks
        chunks = [torch.zeros(0, text_backbone.embed_dims, device=device)]
    gathered = _gather_strided(torch.cat(chunks), len(order))
    feats = torch.empty_like(gathered)
    feats[torch.from_numpy(order)] = gathered
    return feats


def _record(dataset: Dataset) -> dict:
    record = record_of_dataset(dataset)
    return {} if record is None else dict(record=record.to_meta())


@torch.no_grad()
def build_image_bank(
    model: nn.Module,
    dataset: Dataset,
    indices: Sequence[int] | None = None,
    batch_size: int = 128,
    num_workers: int = 0,
) -> FeatureBank:
    """Encode a data set's images once, distributed over the ranks.

    Args:
        model (nn.Module): a model with ``data_preprocessor`` and
            ``extract_feat``, such as ``CVLP`` or ``ImageClassifier``.
        dataset (Dataset): gives packed samples with ``gt_label``.
        indices (Sequence[int], optional): the samples to encode. Defaults to
            None, all.
        batch_size (int): images encoded at a time. Defaults to 128.
        num_workers (int): loader processes of a rank. Defaults to 0.

    Returns:
        FeatureBank: feats (I, D) float32 on the CPU, not normalised, and
        labels (I,), in the order of ``indices``, the same on every rank.

    Raises:
        ValueError: if there is no image to encode.
    """
    rank, world_size = get_dist_info()
    indices = range(len(dataset)) if indices is None else indices
    if len(indices) == 0:
        raise ValueError(
            f'No image to encode in {type(dataset).__name__}: got 0 indices. '
            'Check the list file and max_images_per_class.'
        )
    # A rank without an image of its own encodes one that the gather drops.
    mine = list(indices[rank::world_size]) or [indices[0]]
    loader = DataLoader(
        Subset(dataset, mine), batch_size, num_workers=num_workers, collate_fn=pseudo_collate
    )
    feats, labels = [], []
    with _eval_mode(model):
        for batch in track(loader, description='Encoding images', disable=rank > 0, transient=True):
            data = model.data_preprocessor(batch, False)
            feat = model.extract_feat(data['inputs'])
            feats.append((feat[-1] if isinstance(feat, tuple) else feat).float())
            labels.append(torch.cat([s.gt_label for s in data['data_samples']]))
    MMLogger.get_current_instance().info(f'Encoded {len(indices)} images on {world_size} rank(s).')
    return FeatureBank(
        _gather_strided(torch.cat(feats), len(indices)),
        _gather_strided(torch.cat(labels), len(indices)),
        meta=dict(kind='images', count=len(indices), **_record(dataset)),
    )
