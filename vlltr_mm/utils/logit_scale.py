"""The scale s of cosines, given and kept as its logarithm."""

import math

from torch import Tensor

from .validation import check_number, shown

# CLIP lets no logit be more than 100 times a cosine.
CLIP_MAX = math.log(100)
FROM_SCRATCH = math.log(1 / 0.07)  # CLIP's at the start of its training
# What was trained without that bound stays far below; plain scales, 14 or 100, lie above.
_LIMIT = math.log(1e4)


def check_log_scale(value, where: str) -> float:
    """Return log s, for scales s from 1e-4 to 1e4.

    Args:
        value (float | Tensor): what an argument or a file holds; a tensor of
            one number will do.
        where (str): whose it is, for the message.

    Raises:
        ValueError: if it is anything else, such as NaN or the plain scale.

    Examples:
        >>> check_log_scale(100, 'logit_scale')
        Traceback (most recent call last):
        ...
        ValueError: logit_scale is 100; it must be the logarithm of a scale, in -9.21 .. 9.21. If \
that is the plain scale, give its logarithm, 4.60517.
    """
    number = value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
    try:
        return check_number(number, where, -_LIMIT, _LIMIT)
    except ValueError:
        plain = isinstance(number, (int, float)) and _LIMIT < number < math.exp(_LIMIT)
        remedy = (
            f'If that is the plain scale, give its logarithm, {math.log(number):.6g}.'
            if plain
            else 'Correct it, or make the file again.'
        )
        raise ValueError(
            f'{where} is {shown(number)}; it must be the logarithm of a scale, in '
            f'{-_LIMIT:.2f} .. {_LIMIT:.2f}. {remedy}'
        ) from None
