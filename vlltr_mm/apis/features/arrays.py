"""Arrays in people's ``.npz``, ``.npy`` and ``.safetensors`` files, without pickle."""

import io
import math
import os.path as osp
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ...structures.tensor_file import load_tensors

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_KINDS = 'biufUS'  # booleans, integers, floats and text; objects would be pickles
# What zipfile and NumPy raise on what is damaged, encrypted or packed in another way.
_DAMAGED = (
    *(EOFError, LookupError, NotImplementedError, OSError, OverflowError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, tokenize.TokenError),
    *(zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True)
class StoredArray:
    """An array, and where it was read, for messages."""

    value: np.ndarray
    where: str


def read_arrays(paths: Sequence[str]) -> dict[str, StoredArray]:
    """Read all arrays of some files.

    Args:
        paths (Sequence[str]): ``.npz`` and ``.safetensors`` files, whose
            arrays have names, and ``.npy`` files, each named by its stem.

    Returns:
        dict[str, StoredArray]: name → array of booleans, numbers or text.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a file is damaged, of another kind, holds Python
            objects, or two files have an array of one name.
    """
    found: dict[str, StoredArray] = {}
    for path in paths:
        if not osp.isfile(path):
            state = 'is a folder' if osp.isdir(path) else 'does not exist'
            raise FileNotFoundError(f"'{path}' {state}; name a file of stored features.")
        for name, array in _read_file(path).items():
            if name in found:
                raise ValueError(
                    f"{found[name].where} and {array.where} are both named '{name}'; rename one."
                )
            found[name] = array
    return found


def _read_file(path: str) -> dict[str, StoredArray]:
    """Read the arrays of one file, by its ending."""
    ending = osp.splitext(path)[1].lower()
    if ending == '.safetensors':
        tensors, _ = load_tensors(path)
        return {
            name: StoredArray(_to_numpy(tensor), f'{path}, {name}')
            for name, tensor in tensors.items()
        }
    if ending == '.npz':
        return _read_npz(path)
    if ending == '.npy':
        return {Path(path).stem: StoredArray(_parse_array(Path(path).read_bytes(), path), path)}
    raise ValueError(
        f"'{path}' does not end in .npz, .npy or .safetensors; store the features as one of them."
    )


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return a tensor as an array; NumPy has no bfloat16, nor any of 8 bits."""
    narrow = tensor.is_floating_point() and tensor.dtype not in (
        torch.float16,
        torch.float32,
        torch.float64,
    )
    return (tensor.float() if narrow else tensor).numpy()


def _read_npz(path: str) -> dict[str, StoredArray]:
    """Read what ``numpy.savez`` wrote."""
    contents: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                name = entry.filename.removesuffix('.npy')
                if name in contents:
                    raise ValueError(f"'{name}' is there twice")
                contents[name] = archive.read(entry)
    except _DAMAGED as error:
        raise ValueError(
            f'{path} is no whole .npz file ({_first_line(error)}); write it again with numpy.savez.'
        ) from error
    return {
        name: StoredArray(_parse_array(content, f'{path}, {name}'), f'{path}, {name}')
        for name, content in contents.items()
    }


def _parse_array(content: bytes, where: str) -> np.ndarray:
    """Return the array of an ``.npy`` file, of which the header may lie.

    Args:
        content (bytes): the file.
        where (str): for the messages.
    """
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f'it is of version {version}')
        shape, fortran, dtype = _HEADERS[version](file)
    except _DAMAGED as error:
        raise ValueError(
            f'{where} is no array of NumPy ({_first_line(error)}); write it again with numpy.save.'
        ) from error
    if dtype.hasobject or dtype.kind not in _KINDS:
        raise ValueError(
            f'{where} is of {dtype}; Python objects, records and complex numbers are not read. '
            "Store numbers, or text as an array of strings: numpy.array([...], dtype='U')."
        )
    follow, expected = len(content) - file.tell(), math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or follow != expected:
        raise ValueError(
            f'{where} says {shape} of {dtype}, {expected} bytes, but {follow} follow; it was cut '
            'off or changed: write it again.'
        )
    if expected == 0:
        return np.zeros(shape, dtype)
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order='F' if fortran else 'C')


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
