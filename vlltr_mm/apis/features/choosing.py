"""Choose anchors again from the stored features of a text, without any tower."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ...engine.anchors import cap_per_class, score_sharded
from ...structures import AnchorSet, FeatureBank
from .feature_set import FeatureSet


def choose_anchors(
    features: FeatureSet, selector, skip: int = 0, max_images_per_class: int | None = 50
) -> AnchorSet:
    """Choose anchors among the stored sentences of each class.

    Args:
        features (FeatureSet): with text, with anchors, whose scale is kept,
            and with a training set where the selector needs images.
        selector (AnSS | CutOffSelector | RandomSelector): the rule.
        skip (int): leave out the first sentences of each class, such as its
            80 prompts. Defaults to 0.
        max_images_per_class (int, optional): that score; None takes all.
            Defaults to 50.

    Returns:
        AnchorSet: (C, M, D); without the words of the sentences.

    Raises:
        ValueError: if there is no text, or a class has no sentence left.
    """
    if features.text is None or features.anchors is None:
        raise ValueError('The features have no text and anchors; encode them with the text.')
    kept = _later_sentences(features.text.labels, skip)
    bare = set(range(len(features.classes))) - set(features.text.labels[kept].tolist())
    if bare:
        raise ValueError(
            f"skip is {skip}, but class {min(bare)} '{features.classes[min(bare)]}' has no more "
            'sentences; skip fewer.'
        )
    text = FeatureBank(features.text.feats[kept], features.text.labels[kept])
    scores = score_sentences(features, text, selector, max_images_per_class)
    ids = selector.rank(text.labels, len(features.classes), scores)  # (C, M), -1 where padded
    mask, rows = ids >= 0, ids.clamp(min=0)
    return AnchorSet(
        text.feats[rows] * mask[..., None],
        mask,
        torch.where(mask, scores[rows], math.nan),
        torch.where(mask, kept[rows], -1),
        features.anchors.logit_scale,
        features.classes,
        dict(features.anchors.meta, selector=type(selector).__name__, skipped=skip),
    )


def score_sentences(
    features: FeatureSet,
    text: FeatureBank,
    selector,
    max_images_per_class: int | None = 50,
    seed: int = 0,
) -> Tensor:
    """Score sentences against the images of a training set, as the end of stage 1 does.

    Args:
        features (FeatureSet): with anchors, whose scale is taken, and with a
            training set where the selector needs images.
        text (FeatureBank): S sentences.
        selector (AnSS | CutOffSelector | RandomSelector): the rule.
        max_images_per_class (int, optional): that score; None takes all.
            Defaults to 50.
        seed (int): of the draw of images. Defaults to 0.

    Returns:
        Tensor: L_lin (S,), nan where the selector scores none.

    Raises:
        ValueError: if there is a pool in place of a training set.
    """
    if not selector.needs_images:
        return torch.full((len(text),), math.nan)
    if 'train' not in features.splits:
        raise ValueError(
            'The features have a pool and no training set to score sentences with; draw one from '
            'it first (tools/analysis_tools/compare_features.py).'
        )
    train = features.splits['train']
    rows = torch.from_numpy(cap_per_class(train.labels.numpy(), max_images_per_class, seed))
    images = FeatureBank(train.feats[rows], train.labels[rows])
    scale = math.exp(features.anchors.logit_scale)
    return score_sharded(selector, text, images, scale, torch.device('cpu'))


def _later_sentences(labels: Tensor, skip: int) -> Tensor:
    """Return the rows that are not among the first ``skip`` of their class."""
    counts = torch.bincount(labels)
    starts = torch.repeat_interleave(counts.cumsum(0) - counts, counts)
    order = labels.argsort(stable=True)
    return order[torch.arange(len(labels)) - starts >= skip].sort().values


def mean_anchors(anchors: AnchorSet) -> AnchorSet:
    """Return one anchor for each class, the mean of the directions of its anchors.

    It goes by the sentence id of the first of them.
    """
    units = F.normalize(anchors.feats, dim=2) * anchors.mask[..., None]
    mean = units.sum(1, keepdim=True) / anchors.mask.sum(1)[:, None, None]
    first = anchors.mask[:, :1]
    return AnchorSet(
        mean,
        first,
        torch.full(first.shape, math.nan),
        anchors.sentence_ids[:, :1],
        anchors.logit_scale,
        anchors.classes,
        dict(anchors.meta, mean_of=anchors.feats.shape[1]),
    )
