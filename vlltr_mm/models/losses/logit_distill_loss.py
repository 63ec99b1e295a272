"""Distillation of a teacher's logits."""

import torch
from torch import Tensor

from ...utils.validation import check_number


def logit_distill_loss(student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
    """Compute T²·KL(softmax(teacher / T) ‖ softmax(student / T)), the mean over the samples.

    Source: Hinton et al., Distilling the Knowledge in a Neural Network, arXiv
    1503.02531.

    Args:
        student (Tensor): (N, C).
        teacher (Tensor): (N, C), taken without gradient.
        temperature (float): T > 0. Defaults to 1.0.

    Returns:
        Tensor: scalar, ≥ 0.

    Raises:
        ValueError: if the two are of other shapes.

    Examples:
        >>> import math
        >>> value = logit_distill_loss(torch.zeros(1, 2), torch.tensor([[math.log(3), 0.0]]))
        >>> round(float(value), 4)  # ¾·log(3/2) + ¼·log(1/2)
        0.1308
    """
    check_number(temperature, 'temperature', 1e-6)
    if student.shape != teacher.shape:
        raise ValueError(
            f'The logits of the student are {tuple(student.shape)}, those of the teacher '
            f'{tuple(teacher.shape)}; both must be of the same classes.'
        )
    dtype = torch.promote_types(student.dtype, torch.float32)
    log_q = (student.to(dtype) / temperature).log_softmax(dim=1)
    log_p = (teacher.detach().to(dtype) / temperature).log_softmax(dim=1)
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()
