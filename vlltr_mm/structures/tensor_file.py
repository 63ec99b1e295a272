"""Tensors and JSON values in one safetensors file."""

import json
import os.path as osp

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..utils.files import parse_json, whole_path
from ..utils.validation import check_mapping


def save_tensors(path: str, tensors: dict[str, Tensor], meta: dict):
    """Write tensors and JSON values to one file, whole or not at all.

    Args:
        path (str): a ``.safetensors`` file; its folder is made.
        tensors (dict[str, Tensor]): what to write.
        meta (dict): JSON values.
    """
    with whole_path(path) as temporary:
        save_file(
            {k: v.detach().cpu().contiguous() for k, v in tensors.items()},
            temporary,
            metadata=dict(meta=json.dumps(meta)),
        )


def load_tensors(path: str) -> tuple[dict[str, Tensor], dict]:
    """Read what ``save_tensors`` wrote.

    Args:
        path (str): the file.

    Returns:
        tuple[dict[str, Tensor], dict]: tensors and JSON values.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a safetensors file, or its meta no JSON
            object.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist.')
    try:
        with safe_open(path, framework='pt') as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118, no mapping
            meta = (file.metadata() or {}).get('meta', '{}')
    except SafetensorError as error:
        raise ValueError(f'{path} is not a safetensors file ({error}); write it again.') from error
    where = f'The meta of {path}'
    return tensors, check_mapping(parse_json(meta, where, 'an object of keys'), where)
