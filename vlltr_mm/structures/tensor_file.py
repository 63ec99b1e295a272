"""Tensors and JSON values in one safetensors file."""

import json
import os.path as osp
import zlib

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..utils.files import parse_json
from ..utils.validation import check_mapping
from ..utils.whole_path import whole_path

_CHECKSUMS = '_crc32'  # in the meta, of each tensor; files of version 0.1 have none


def save_tensors(path: str, tensors: dict[str, Tensor], meta: dict):
    """Write tensors and JSON values to one file, whole or not at all.

    Args:
        path (str): a ``.safetensors`` file; its folder is made.
        tensors (dict[str, Tensor]): what to write.
        meta (dict): JSON values.
    """
    tensors = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    # In the one entry: safetensors would write two in an order of chance.
    meta = {**meta, _CHECKSUMS: {name: _checksum(value) for name, value in tensors.items()}}
    with whole_path(path) as temporary:
        save_file(tensors, temporary, metadata=dict(meta=json.dumps(meta)))


def _checksum(tensor: Tensor) -> int:
    """Return the CRC-32 of the bytes of a contiguous tensor."""
    return zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy())


def load_tensors(path: str, with_values: bool = True) -> tuple[dict[str, Tensor | None], dict]:
    """Read what ``save_tensors`` wrote.

    Args:
        path (str): the file.
        with_values (bool): whether to read the tensors. Defaults to True.

    Returns:
        tuple[dict[str, Tensor | None], dict]: tensors, None for each where
        they are not read, and JSON values.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a whole safetensors file, its meta no JSON
            object, or a tensor not what was written.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist.')
    try:
        with safe_open(path, framework='pt') as file:
            names = list(file.keys())
            tensors = {name: file.get_tensor(name) if with_values else None for name in names}
            meta = (file.metadata() or {}).get('meta', '{}')
    except SafetensorError as error:
        raise ValueError(f'{path} is not a safetensors file ({error}); write it again.') from error
    where = f'The meta of {path}'
    meta = check_mapping(parse_json(meta, where, 'an object of keys'), where)
    checksums = check_mapping(meta.pop(_CHECKSUMS, {}), f'{where}, {_CHECKSUMS}')
    for name, value in tensors.items():
        if value is not None and name in checksums and checksums[name] != _checksum(value):
            raise ValueError(f'{path}, {name}: it is not what was written; write it again.')
    return tensors, meta
