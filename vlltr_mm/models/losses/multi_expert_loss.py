"""What losses of several experts share."""

from torch import Tensor

from .count_based_loss import CountBasedLoss


class MultiExpertLoss(CountBasedLoss):
    """Base of count-based losses of the logits of k experts, those of ``MultiExpertClsHead``.

    ``forward`` takes z (N, k, C) in the place of (N, C), and so does
    ``sample_losses`` of a subclass; all else is ``CountBasedLoss``'s.

    Args:
        **kwargs: of ``CountBasedLoss``.
    """

    def _class_scores(self, scores: Tensor) -> Tensor:
        """Return the scores (N, C) of the first expert, for their shape.

        Raises:
            ValueError: if there are no experts.
        """
        if scores.ndim != 3:
            raise ValueError(
                f'{type(self).__name__} takes the logits of k experts (N, k, C), but got '
                f'{tuple(scores.shape)}; put it into a MultiExpertClsHead.'
            )
        return scores[:, 0]
