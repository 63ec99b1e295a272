"""How far the logits of new classes may be raised before old ones suffer."""

import math

from torch import Tensor

from ...utils.validation import check_number, check_tensor


def largest_offset(logits: Tensor, labels: Tensor, num_new: int, budget: float) -> float:
    """Return the largest offset of new classes that costs old ones no more than a budget.

    The offset γ is added to the logits of the new classes. An image of an old
    class that is recognised among the old ones is lost where a new class's
    logit + γ reaches the right one's. γ is the largest with which at most
    ``budget`` percent of the images are lost; no image of a new class is
    needed. A constant for unseen classes is calibrated stacking: Chao et al.,
    An Empirical Study and Analysis of Generalized Zero-Shot Learning, ECCV
    2016, who choose it on held-out images of both kinds instead.

    Args:
        logits (Tensor): (N, C) with γ = 0, the new classes last; a head whose
            score is a softmax has log scores as well as logits.
        labels (Tensor): (N,) int64, of old classes.
        num_new (int): the new classes among C.
        budget (float): percent of the N images, in 0 .. 100, below the
            accuracy of the old classes.

    Returns:
        float: γ.

    Raises:
        ValueError: if a label is that of a new class, the budget is out of
            range, or as large as that accuracy, so that any γ would do.

    Examples:
        >>> logits = Tensor([[2.0, 0.0, 1.0], [0.0, 5.0, 1.0], [1.0, 0.0, 0.0]])
        >>> gamma = largest_offset(logits, Tensor([0, 1, 0]).long(), num_new=1, budget=40)
        >>> round(gamma, 3)  # the margins are 1, 4 and 1: one may be lost, not two
        1.0
    """
    check_tensor(logits, 'logits', axes=2)
    check_number(budget, 'budget', 0, 100)
    number, old = len(labels), logits.shape[1] - num_new
    if not number or labels.min() < 0 or labels.max() >= old:
        raise ValueError(
            f'labels must be those of {number or "some"} images of the {old} old classes, '
            f'0 .. {old - 1}.'
        )
    logits = logits.double()
    known, best = logits[:, :old], logits[:, old:].amax(dim=1)
    right = known.argmax(dim=1) == labels
    margins = (known.amax(dim=1) - best)[right].sort().values  # (R,), γ from which each is lost
    allowed = math.floor(budget * number / 100 + 1e-9)
    if allowed >= len(margins):
        raise ValueError(
            f'budget is {budget} % of {number} images, and {len(margins)} are recognised at all; '
            'give a smaller one.'
        )
    bound = margins[allowed].item()  # the first that must not be lost
    return bound - 1e-6 * max(1.0, abs(bound))
