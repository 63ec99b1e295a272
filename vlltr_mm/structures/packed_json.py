"""JSON values as a compressed tensor, which any file of tensors can hold."""

import json
import zlib

import torch
from torch import Tensor

_MOST = 2**30  # bytes; the sentences of iNaturalist's anchors are about 2**26


def pack_json(value) -> Tensor:
    """Compress JSON values to (B,) uint8."""
    text = json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    return torch.frombuffer(bytearray(zlib.compress(text.encode('utf-8'))), dtype=torch.uint8)


def unpack_json(packed: Tensor, where: str):
    """Read what ``pack_json`` returned, from a file of anyone.

    Args:
        packed (Tensor): (B,) uint8.
        where (str): the file, for the message.

    Raises:
        ValueError: if it is no such tensor, or would unfold to over 1 GiB.
    """
    try:
        if packed.ndim != 1 or packed.dtype != torch.uint8:
            raise ValueError(f'{tuple(packed.shape)} of {packed.dtype}')
        stream = zlib.decompressobj()
        text = stream.decompress(packed.cpu().numpy().tobytes(), _MOST)
        if not stream.eof:
            raise ValueError('cut off, or over 1 GiB')
        return json.loads(text.decode('utf-8'))
    except (ValueError, zlib.error, RecursionError) as error:
        raise ValueError(
            f'{where} holds no packed JSON ({error}); write the file again.'
        ) from error
