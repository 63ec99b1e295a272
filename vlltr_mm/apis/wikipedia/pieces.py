"""Bytes of plain and packed files, from any place on where that is possible."""

import bz2
import gzip
import os.path as osp
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = 2**20
_STREAM = re.compile(rb'BZh[1-9]1AY&SY')  # how a bz2 stream that is not empty begins
_LONGEST = len(b'BZh91AY&SY')


@dataclass(frozen=True)
class Share:
    """The records of a file that begin at the bytes start .. stop; stop None is its end."""

    path: str
    start: int = 0
    stop: int | None = None


def is_seekable(path: str) -> bool:
    """Whether reading can begin amid a file: not in gzip."""
    return not path.endswith('.gz')


def read_pieces(path: str, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Read a file that may be packed, by its ending .bz2 or .gz.

    Args:
        path (str): the file.
        start (int): the byte of the file at which to begin; in bz2 where one
            of its streams begins. Defaults to 0.

    Yields:
        tuple[int, bytes]: where in the file a piece begins, and the piece,
        unpacked and of at most 1 MiB. In bz2 that place is where its stream
        begins; in gzip it is 0.

    Raises:
        ValueError: if what is packed is damaged or cut, naming the place.
    """
    if path.endswith('.bz2'):
        yield from _bz2_pieces(path, start)
    elif path.endswith('.gz'):
        yield from _gzip_pieces(path)
    else:
        with open(path, 'rb') as file:
            file.seek(start)
            while piece := file.read(_PIECE):
                yield start, piece
                start += len(piece)


def _bz2_pieces(path: str, start: int) -> Iterator[tuple[int, bytes]]:
    with open(path, 'rb') as file:
        file.seek(start)
        unpack, packed, read = bz2.BZ2Decompressor(), b'', start
        while True:
            if unpack.eof:
                packed = unpack.unused_data
                start, unpack = read - len(packed), bz2.BZ2Decompressor()
            if unpack.needs_input and not packed:
                packed = file.read(_PIECE)
                read += len(packed)
                if not packed:
                    break
            try:
                piece = unpack.decompress(packed, _PIECE)
            except OSError as error:
                raise ValueError(
                    f'{path}: the bz2 stream that begins at byte {start} is damaged ({error}). '
                    'Fetch the file again, and compare its checksum.'
                ) from error
            packed = b''
            if piece:
                yield start, piece
    if start < read:
        raise ValueError(
            f'{path} is cut: its last bz2 stream, from byte {start} on, has no end. Fetch the '
            'file again, and compare its checksum.'
        )


def _gzip_pieces(path: str) -> Iterator[tuple[int, bytes]]:
    try:
        with gzip.open(path) as file:
            while piece := file.read(_PIECE):
                yield 0, piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f'{path} is no whole gzip file ({error}). Fetch or pack it again.'
        ) from error


def find_starts(path: str, step: int) -> list[int]:
    """Return places of a file at which reading can begin, about a step apart.

    Args:
        path (str): a file as for ``read_pieces``.
        step (int): bytes.

    Returns:
        list[int]: 0, and for bz2 the begin of a stream after every step.
    """
    size = osp.getsize(path)
    if not is_seekable(path):
        return [0]
    if not path.endswith('.bz2'):
        return list(range(0, max(size, 1), step))
    starts = [0]
    with open(path, 'rb') as file:
        while (found := _next_stream(file, starts[-1] + step, size)) is not None:
            starts.append(found)
    return starts


def _next_stream(file, place: int, size: int) -> int | None:
    """Return where the next bz2 stream begins, from a place on."""
    while place < size:
        file.seek(place)
        data = file.read(_PIECE + _LONGEST)
        found = _STREAM.search(data)
        if found:
            return place + found.start()
        place += _PIECE
    return None
