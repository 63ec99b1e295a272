"""Classes that a finished head knows by their text alone."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...utils.validation import check_int


def trained_classes(num_classes: int, num_text_classes: int) -> int:
    """Return how many classes the visual branch of a head has.

    Args:
        num_classes (int): C.
        num_text_classes (int): K, the last of them, which have text alone.

    Raises:
        ValueError: if K is not in 0 .. C − 1.
    """
    return num_classes - check_int(num_text_classes, 'num_text_classes', 0, num_classes - 1)


def check_trainable(num_text_classes: int, num_classes: int):
    """Refuse to train a head some of whose classes have text alone.

    Args:
        num_text_classes (int): K.
        num_classes (int): C.

    Raises:
        ValueError: if K is not 0.
    """
    if num_text_classes:
        raise ValueError(
            f'{num_text_classes} of the {num_classes} classes of this head were added by text '
            'alone; without images of them, training on the others only pushes them down. Train '
            'on with the checkpoint and config that they were added to, or train a config of all '
            'classes that has images of each.'
        )


def add_zero_logits(visual: Tensor, num_text_classes: int) -> Tensor:
    """Give classes without images the visual logit 0, from which those of the others started.

    Args:
        visual (Tensor): (N, C − K).
        num_text_classes (int): K.

    Returns:
        Tensor: (N, C).
    """
    return F.pad(visual, (0, num_text_classes)) if num_text_classes else visual


def add_language_shares(visual: Tensor, language: Tensor) -> Tensor:
    """Extend softmax(visual) to classes without images by what the text says of them.

    With p = softmax(language) of all classes and o those with images, the
    distribution has p_o·softmax(visual) for these, p_o = Σ_{c ∈ o} p_c, and p
    for the others. So the text alone decides between the two groups, and
    w·this + (1 − w)·p, restricted to o, is the score as it was without the
    others.

    Args:
        visual (Tensor): (N, C − K).
        language (Tensor): (N, C), the classes with images first.

    Returns:
        Tensor: the log of that distribution, (N, C), in float32 at least.
    """
    dtype = torch.promote_types(language.dtype, torch.float32)
    said = F.log_softmax(language, dim=1, dtype=dtype)
    number = visual.shape[1]
    share = said[:, :number].logsumexp(dim=1, keepdim=True)
    own = F.log_softmax(visual, dim=1, dtype=dtype) + share
    return torch.cat([own, said[:, number:]], dim=1)
