"""Where a cosine classifier starts: at the texts of its classes."""

import torch.nn.functional as F
from torch import Tensor

from ..structures import FeatureBank

CENTERS = ('none', 'global')
_LEAST = 1e-6  # length of a difference, as a share of what it is the difference of


def text_start(bank: FeatureBank, num_classes: int, center: str = 'none') -> Tensor:
    """Return the direction of each class's text.

    With 'none' that of the mean of its sentences' embeddings of unit norm, as
    in CLIP's zero-shot classifier. With 'global' that of its mean embedding,
    as the tower gives it, less the mean of these over all classes: the texts
    of a data set lie in a narrow cone, whose axis tells no class from another.

    Args:
        bank (FeatureBank): S sentences with their classes, (S, D), any norm.
        num_classes (int): C.
        center (str): 'none' or 'global'. Defaults to 'none'.

    Returns:
        Tensor: (C, D), unit norm.

    Raises:
        ValueError: if ``center`` is unknown, a class has no sentence, or
            nothing is left of one.
    """
    if center not in CENTERS:
        raise ValueError(f"center is '{center}'; allowed are {', '.join(map(repr, CENTERS))}.")
    bank.check_covers(num_classes)
    if center == 'none':
        texts = bank.normalized().class_means(num_classes)
    else:
        texts = bank.class_means(num_classes)
        texts = texts - texts.mean(dim=0)
    least = _LEAST * (1 if center == 'none' else float(bank.feats.norm(dim=1).mean()))
    empty = (texts.norm(dim=1) <= least).nonzero().flatten().tolist()
    if empty:
        names = bank.meta.get('classes')
        name = f" '{names[empty[0]]}'" if names else ''
        raise ValueError(
            f'Nothing is left of the text of class {empty[0]}{name} with center={center!r} '
            f'({len(empty)} of {num_classes} classes): it is the mean of all. Give the classes '
            "texts that differ, or center='none'."
        )
    return F.normalize(texts, dim=1)


def pull_back(texts: Tensor, projection: Tensor) -> Tensor:
    """Return texts as directions of what CLIP's output projection takes.

    An image's embedding is x·P, so its product with a text t is x·(t·Pᵀ).

    Args:
        texts (Tensor): t (C, D), unit norm.
        projection (Tensor): P (W, D).

    Returns:
        Tensor: t·Pᵀ at unit norm, (C, W).
    """
    return F.normalize(texts @ projection.detach().to(texts).T, dim=1)
