"""Choose the anchor sentences of every class with trained towers."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.dist import all_gather, get_dist_info
from torch import Tensor, nn

from ..structures import AnchorSet, FeatureBank, write_readable
from ..structures.anchor_set import pack_sentences
from ..structures.sentence_origins import pack_origins
from ..utils.dataset_facts import read_gt_labels
from .encoding import build_image_bank, build_sentence_bank


def cap_per_class(labels: np.ndarray, max_per_class: int | None, seed: int) -> np.ndarray:
    """Draw at most ``max_per_class`` samples of every class.

    Args:
        labels (np.ndarray): (I,) class indices.
        max_per_class (int, optional): None keeps every sample.
        seed (int): seed of the draw.

    Returns:
        np.ndarray: sample indices, ascending.
    """
    if max_per_class is None:
        return np.arange(len(labels))
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind='stable')]
    counts = np.bincount(labels)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.arange(len(labels)) - starts  # 0, 1, … within each class
    return np.sort(by_class[place < max_per_class])


def check_selection(selector, dataset, corpus):
    """Check, before any long work, that a selector has what it needs.

    Args:
        selector (AnSS | CutOffSelector | RandomSelector): the rule.
        dataset (Dataset, optional): the scoring images.
        corpus (TextCorpus): the sentences of C classes.

    Raises:
        ValueError: if the selector scores images and there is none, or none
            of a class.
    """
    if not selector.needs_images:
        return
    if dataset is None:
        raise ValueError(
            f'{type(selector).__name__} scores sentences against images, '
            'but there are none; name their data set (`images` of AnSSHook).'
        )
    counts = np.bincount(read_gt_labels(dataset), minlength=len(corpus.classes))
    if len(counts) > len(corpus.classes):
        raise ValueError(
            f'{_describe(dataset)} has labels up to {len(counts) - 1}, the corpus '
            f'{len(corpus.classes)} classes; score with images of these classes.'
        )
    bare = np.flatnonzero(counts == 0)
    if len(bare):
        raise ValueError(
            f'{_describe(dataset)} has no image of class {bare[0]} '
            f"'{corpus.classes[bare[0]]}' ({len(bare)} such classes), so its "
            'sentences cannot be scored; score with an image set that has '
            'every class, such as the training set.'
        )


def score_sharded(
    selector, sentences: FeatureBank, images: FeatureBank, logit_scale: float, device
) -> Tensor:
    """Score all sentences, each rank its own contiguous share.

    Args:
        selector (AnSS): has ``score``.
        sentences (FeatureBank): S sentences, on every rank.
        images (FeatureBank): I images, on every rank.
        logit_scale (float): plain scale s.
        device (torch.device): where the products run.

    Returns:
        Tensor: L_lin (S,) on the CPU, the same on every rank.
    """
    rank, world_size = get_dist_info()
    share = -(-len(sentences.labels) // world_size)
    mine = slice(rank * share, (rank + 1) * share)
    scores = selector.score(
        F.normalize(sentences.feats[mine].to(device), dim=1),
        sentences.labels[mine].to(device),
        F.normalize(images.feats.to(device), dim=1),
        images.labels.to(device),
        logit_scale,
    )
    padded = scores.new_zeros(share)
    padded[: len(scores)] = scores
    return torch.cat(all_gather(padded))[: len(sentences.labels)].cpu()


def build_anchors(
    model: nn.Module,
    corpus,
    selector,
    image_dataset=None,
    max_images_per_class: int | None = 50,
    batch_size: int = 128,
    num_workers: int = 0,
    seed: int = 0,
    sentences: FeatureBank | None = None,
    class_counts: Sequence[int] | None = None,
    images: FeatureBank | None = None,
) -> tuple[AnchorSet, Tensor]:
    """Encode sentences and images, score, and keep the best of each class.

    Source: VL-LTR (arXiv 2111.13579), anchor sentence selection. The settings
    are those of ``AnSSHook``.

    Args:
        model (CVLP): the trained towers and their scale.
        corpus (TextCorpus): S sentences of C classes.
        selector (AnSS | CutOffSelector | RandomSelector): the rule.
        image_dataset (Dataset, optional): the images that score; those of
            ``check_selection``. Defaults to None.
        sentences (FeatureBank, optional): the sentences as encoded earlier,
            taken if corpus and weights are still the same. Defaults to None.
        class_counts (Sequence[int], optional): (C,) training images, for the
            record. Defaults to None.
        images (FeatureBank, optional): all of ``image_dataset``, as encoded
            earlier by these towers. Defaults to None.

    Returns:
        tuple[AnchorSet, Tensor]: the anchors and L_lin (S,) of all sentences
        (nan if the selector scores none), the same on every rank.
    """
    bank = build_sentence_bank(model.text_backbone, corpus, batch_size, sentences)
    scores = torch.full((len(bank),), float('nan'))
    log_scale = model.logit_scale.detach()
    if selector.needs_images:
        drawn = cap_per_class(read_gt_labels(image_dataset), max_images_per_class, seed).tolist()
        if images is None:
            images = build_image_bank(model, image_dataset, drawn, batch_size, num_workers)
        else:
            images = FeatureBank(images.feats[drawn], images.labels[drawn])
        scores = score_sharded(selector, bank, images, float(log_scale.exp()), log_scale.device)
    ids = selector.rank(bank.labels, len(corpus.classes), scores)  # (C, M), -1 where padded
    meta = dict(
        selector=type(selector).__name__,
        image_set=image_dataset and _describe(image_dataset),
        max_images_per_class=max_images_per_class,
        seed=seed,
        class_counts=class_counts,
        corpus=corpus.fingerprint,
        tower=bank.record.tower,
    )
    return _gather_anchors(bank, corpus, ids, scores, float(log_scale), meta), scores


def _gather_anchors(
    bank: FeatureBank, corpus, ids: Tensor, scores: Tensor, logit_scale: float, meta: dict
) -> AnchorSet:
    """Take the chosen sentences, ids (C, M) with -1 where padded, out of all S."""
    mask, rows = ids >= 0, ids.clamp(min=0)
    origins = None
    if hasattr(corpus, 'origin_names'):
        chosen = ids[mask].tolist()
        origins = pack_origins(corpus.origin_names, [int(corpus.origins[i]) for i in chosen])
    return AnchorSet(
        bank.feats[rows] * mask.unsqueeze(2),
        mask,
        torch.where(mask, scores[rows], float('nan')),
        ids,
        logit_scale,
        classes=corpus.classes,
        meta=meta,
        packed_text=pack_sentences(
            [[corpus.sentence(i) for i in own if i >= 0] for own in ids.tolist()]
        ),
        packed_origins=origins,
    )


def save_anchors(path: str, anchors: AnchorSet, scores: Tensor, corpus):
    """Write the anchors, and all sentences with their L_lin to be read.

    Args:
        path (str): the ``.safetensors`` file; a ``.json`` and a ``.csv`` come
            beside it.
        anchors (AnchorSet): from ``build_anchors``.
        scores (Tensor): from ``build_anchors``.
        corpus (TextCorpus): that they were chosen from.
    """
    write_readable(path, anchors, corpus.sentences, scores)
    # Last: what the next stage waits for is there only when all is.
    anchors.save(path)


def _describe(dataset) -> str:
    """Name the list that a data set was read from, for the record."""
    return str(getattr(dataset, 'ann_file', type(dataset).__name__))
