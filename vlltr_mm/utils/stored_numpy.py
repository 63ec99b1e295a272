"""Check the NumPy values of a pickle before NumPy makes them.

NumPy's own ``__setstate__`` trusts its argument: a crafted data type crashes
the process. So a file is first read with the classes of this module in the
place of NumPy's, which compare and make nothing.
"""

import math
import pickle
import re

import numpy as np

# Booleans, numbers, text, bytes, dates and durations; objects (O) in arrays alone.
_CODE = re.compile(r'b1|[iu][1248]|f(?:2|4|8|12|16)|c(?:8|16|24|32)|[SU]\d{1,9}|[mM]8|O[48]')
_UNITS = ('Y', 'M', 'W', 'D', 'h', 'm', 's', 'ms', 'us', 'ns', 'ps', 'fs', 'as', 'generic')
_BARE = (None, None, None, -1, -1, 0)  # what NumPy writes of a number's type
_WIDTHS = dict(S=1, U=4)  # bytes of a character


class StoredDtype:
    """Stand in for ``numpy.dtype``: a code of the closed list and its state.

    Args:
        code (str): such as 'f4'.
        align (bool): as NumPy writes it, False.
        copy (bool): as NumPy writes it, True.
    """

    def __new__(cls, code=None, align=False, copy=True):
        """Check the arguments; unpickling may call no ``__init__``."""
        known = type(code) is str and _CODE.fullmatch(code)
        if not known or type(align) not in (bool, int) or type(copy) not in (bool, int):
            raise _refusal(f'numpy.dtype of {_shown(code)}')
        made = super().__new__(cls)
        made.kind = code[0]
        # Not numpy.dtype(code): a pickle of Python 2 may name what this platform lacks.
        made.size = int(code[1:]) * _WIDTHS.get(code[0], 1)
        made.is_set = False
        return made

    def __setstate__(self, state):
        """Check the state, once."""
        order = state[1] if type(state) is tuple and len(state) > 1 else None
        known = type(order) is str and order in ('<', '>', '|')
        if self.is_set or not known or not self._fits(state):
            raise _refusal(f'a state of numpy.dtype {_shown(state)}')
        self.is_set = True

    def _fits(self, state: tuple) -> bool:
        """Compare with what NumPy writes of this type; nothing but plain values is compared."""
        version, rest = state[0], state[2:]
        if type(version) is not int or any(type(v) not in (int, type(None)) for v in rest[:6]):
            return False
        if self.kind in 'mM':
            return version == 4 and len(rest) == 7 and rest[:6] == _BARE and _is_unit(rest[6])
        if self.kind in _WIDTHS:
            width = _WIDTHS[self.kind]
            bare = (None, None, None, self.size, width, 8 if self.kind == 'U' else 0)
        else:
            bare = (*_BARE[:5], 63) if self.kind == 'O' else _BARE
        return version == 3 and rest == bare


class StoredArray:
    """Stand in for ``numpy.ndarray``; made by ``reconstruct`` alone."""

    def __new__(cls, *args, **kwargs):
        """Refuse; NumPy pickles no array like this."""
        raise _refusal('numpy.ndarray with arguments')

    def __setstate__(self, state):
        """Check type, shape and length of the content, once."""
        shape, dtype, fortran, content = state[1:] if _is_array_state(state) else (None,) * 4
        if self.__dict__ or type(shape) is not tuple or type(fortran) not in (bool, int):
            raise _refusal('a state of numpy.ndarray')
        if len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
            raise _refusal(f'a numpy.ndarray of shape {_shown(shape)}')
        count = math.prod(shape)
        length = count if dtype.kind == 'O' else count * dtype.size
        if type(content) is not (list if dtype.kind == 'O' else bytes) or len(content) != length:
            raise _refusal(f'a numpy.ndarray of shape {_shown(shape)} with other content')
        self.__dict__['is_set'] = True


def reconstruct(kind, shape, code) -> StoredArray:
    """Stand in for ``numpy.core.multiarray._reconstruct``, which begins every array."""
    if kind is not StoredArray or shape != (0,) or code not in (b'b', 'b'):
        raise _refusal('numpy.ndarray of another kind')
    return object.__new__(StoredArray)


class StoredScalar:
    """What ``scalar`` makes."""


def scalar(dtype, content=None) -> StoredScalar:
    """Stand in for ``numpy.core.multiarray.scalar``."""
    if type(dtype) is not StoredDtype or dtype.kind == 'O' or not dtype.is_set:
        raise _refusal('a NumPy scalar of another type')
    if type(content) is not bytes or len(content) != dtype.size:
        raise _refusal(f'a NumPy scalar of {dtype.size} bytes with other content')
    return StoredScalar()


def no_bytes(*args) -> bytes:
    """Stand in for ``bytes``, with which pickle writes what is empty."""
    if args:
        raise _refusal('bytes with arguments')
    return b''


def _is_array_state(state) -> bool:
    return (
        type(state) is tuple
        and len(state) == 5
        and type(state[0]) is int
        and state[0] == 1
        and type(state[2]) is StoredDtype
        and state[2].is_set
    )


def _is_unit(value) -> bool:
    """Tell whether a value says what a date counts: (None or {}, (unit, num, den, event))."""
    if type(value) is not tuple or len(value) != 2 or value[0] not in (None, {}):
        return False
    unit = value[1]
    if type(unit) is not tuple or len(unit) != 4 or type(unit[0]) not in (bytes, str):
        return False
    name = unit[0].decode('latin-1') if type(unit[0]) is bytes else unit[0]
    counts = unit[1:]
    return name in _UNITS and all(type(n) is int and 0 < n < 2**31 for n in counts)


def _shown(value) -> str:
    """Show a value of a file, if that cannot do any harm."""
    plain = (int, str, bytes, bool, type(None))
    if type(value) in plain:
        return repr(value)[:60]
    if type(value) is tuple and all(type(v) in plain for v in value[:9]):
        return repr(value[:9])[:80]
    return f'a {type(value).__name__}'


def _refusal(what: str) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(f'NumPy: {what}')


def stand_ins() -> list[tuple]:
    """List the stand-ins with the names that pickles of NumPy 1 and 2 have for them."""
    pairs = [(StoredArray, 'numpy.ndarray'), (StoredDtype, 'numpy.dtype')]
    pairs.append((no_bytes, 'builtins.bytes'))
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        pairs += [(reconstruct, f'{module}._reconstruct'), (scalar, f'{module}.scalar')]
    return pairs


def originals() -> list:
    """List what the stand-ins stand for, to read a file that they have checked."""
    # numpy 1 and 2 write the same two functions under different modules.
    rebuild = np.zeros(0).__reduce__()[0]
    number = np.float64(0).__reduce__()[0]
    pairs = [(np.dtype, 'numpy.dtype'), (np.ndarray, 'numpy.ndarray'), (no_bytes, 'builtins.bytes')]
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        pairs += [(rebuild, f'{module}._reconstruct'), (number, f'{module}.scalar')]
    codes = '?bhilqBHILQefdgFDGSUmMO'
    return [*{type(np.dtype(code)) for code in codes}, *pairs]
