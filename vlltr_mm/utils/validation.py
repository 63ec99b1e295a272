"""Plain checks of values that come from people's files."""

import math
import sys
from collections.abc import Collection, Sequence
from numbers import Integral, Real

import torch
from torch import Tensor

_KINDS = dict(
    float=(torch.float16, torch.bfloat16, torch.float32, torch.float64),
    int=(torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64),
    bool=(torch.bool,),
)


def shown(value, limit: int = 60) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= limit else f'{text[:limit]}…'


def check_int(value, where: str, low: int | None = 0, high: int | None = 2**63 - 1) -> int:
    """Return a whole number of a range; 3.0 counts as 3, true does not as 1.

    Args:
        value (object): what a file holds.
        where (str): the file and the key or line, for the message.
        low (int, optional): the least. Defaults to 0.
        high (int, optional): the most. Defaults to that of 64 bits.

    Raises:
        ValueError: if it is anything else.
    """
    whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if not whole or isinstance(value, bool) or not _within(int(value), low, high):
        raise ValueError(
            f'{where} is {shown(value)}; it must be a whole number{_range(low, high)}. Correct it.'
        )
    return int(value)


def check_number(value, where: str, low: float | None = None, high: float | None = None) -> float:
    """Return a finite number of a range as float.

    Args:
        value (object): what a file holds.
        where (str): the file and the key or line, for the message.
        low (float, optional): the least. Defaults to None, any.
        high (float, optional): the most. Defaults to None, any.

    Raises:
        ValueError: if it is anything else.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, Real)
        or not _is_finite(value)
        or not _within(value, low, high)
    ):
        raise ValueError(
            f'{where} is {shown(value)}; it must be a finite number{_range(low, high)}. Correct it.'
        )
    return float(value)


def _is_finite(value: Real) -> bool:
    if isinstance(value, Integral):  # some are larger than any float
        return abs(int(value)) <= sys.float_info.max
    return math.isfinite(value)


def check_text(value, where: str, choices: Collection[str] | None = None) -> str:
    """Return text that has more than white space and can be written as UTF-8.

    Args:
        value (object): what a file holds.
        where (str): the file and the key or line, for the message.
        choices (Collection[str], optional): what is allowed. Defaults to
            None, any.

    Raises:
        ValueError: if it is anything else.
    """
    if not isinstance(value, str) or not value.strip() or '\0' in value or not is_unicode(value):
        raise ValueError(f'{where} is {shown(value)}; it must be some text. Correct it.')
    if choices is not None and value not in choices:
        raise ValueError(
            f'{where} is {shown(value)}; allowed are {", ".join(map(repr, choices))}. Correct it.'
        )
    return value


def is_unicode(text: str) -> bool:
    """Whether text has no half of a surrogate pair, which no file can hold."""
    try:
        text.encode('utf-8')
    except UnicodeEncodeError:
        return False
    return True


def check_list(value, where: str, length: int | None = None) -> list:
    """Return a list of a certain length.

    Args:
        value (object): what a file holds; a tuple or an array will do.
        where (str): the file and the key or line, for the message.
        length (int, optional): how many it must have. Defaults to None, any.

    Raises:
        ValueError: if it is anything else.
    """
    if hasattr(value, 'tolist'):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        raise ValueError(f'{where} is {shown(value)}; it must be a list. Correct it.')
    if length is not None and len(value) != length:
        raise ValueError(
            f'{where} has {len(value)} entries, {shown(value)}; it must have {length}. Correct it.'
        )
    return list(value)


def check_mapping(value, where: str, keys: Sequence[str] = ()) -> dict:
    """Return an object that has certain keys, perhaps beside others.

    Args:
        value (object): what a file holds.
        where (str): the file and the key or line, for the message.
        keys (Sequence[str]): those it must have. Defaults to none.

    Raises:
        ValueError: if it is anything else.
    """
    if not isinstance(value, dict):
        raise ValueError(f'{where} is {shown(value)}; it must be an object of keys. Correct it.')
    lost = [key for key in keys if key not in value]
    if lost:
        raise ValueError(
            f'{where} has no {", ".join(map(repr, lost))}; it has {shown(list(value))}. '
            'Add what is missing, or name another file.'
        )
    return value


def check_tensor(value, where: str, axes: int, kind: str = 'float', nan: bool = False) -> Tensor:
    """Return a dense tensor of a number of axes and a kind, of finite numbers.

    Args:
        value (object): what a file holds.
        where (str): the file and the tensor's name, for the message.
        axes (int): how many.
        kind (str): 'float', 'int' or 'bool'. Defaults to 'float'.
        nan (bool): whether nan, but not infinity, is allowed. Defaults to
            False.

    Raises:
        ValueError: if it is anything else, naming the first bad place.
    """
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_meta:
        raise ValueError(f'{where} is {shown(value)}; it must be a dense tensor. Write it again.')
    if value.ndim != axes or value.dtype not in _KINDS[kind]:
        raise ValueError(
            f'{where} is {tuple(value.shape)} of {value.dtype}; it must have {axes} axes and be '
            f'one of {", ".join(map(str, _KINDS[kind]))}. Write it again.'
        )
    if kind == 'float':
        _check_finite(value.nan_to_num(0.0, math.inf, -math.inf) if nan else value, where)
    return value


def check_weights(tensors: dict[str, Tensor], where: str):
    """Check that a model can compute with tensors: real, finite, dense.

    Args:
        tensors (dict): by name, of any kinds and shapes.
        where (str): the file, for the message.

    Raises:
        ValueError: naming the first that is not.
    """
    for name, value in tensors.items():
        if value.layout != torch.strided or value.is_complex() or value.is_quantized:
            raise ValueError(
                f'{where}, {name} is {value.layout} of {value.dtype}; it must be a dense tensor '
                'of real numbers. Write the weights again.'
            )
        if value.is_floating_point():
            _check_finite(value, f'{where}, {name}')


def _check_finite(value: Tensor, where: str):
    # The sum is cheap, and finite only if every number is (or they overflow).
    if math.isfinite(value.sum(dtype=torch.float64)):
        return
    bad = ~torch.isfinite(value)
    if bad.any():
        place = tuple(bad.nonzero()[0].tolist())
        raise ValueError(
            f'{where} has {int(bad.sum())} numbers that are not finite, the first at '
            f'{place}: {value[place].item()}. Make the file again.'
        )


def _within(value, low, high) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _range(low, high) -> str:
    """Say a range, such as ' in 0 .. 5'; the limit of 64 bits goes unsaid."""
    high = None if high == 2**63 - 1 else high
    if low is None and high is None:
        return ''
    if high is None:
        return f' of at least {low}'
    return f' of at most {high}' if low is None else f' in {low} .. {high}'
