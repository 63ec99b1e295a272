"""Read the checkpoints behind every address that MMEngine knows, strictly."""

import difflib
import http.client
import os
import os.path as osp
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, is_main_process
from mmengine.fileio import get_file_backend
from mmengine.logging import print_log
from mmengine.runner import checkpoint as host
from mmengine.runner.checkpoint import CheckpointLoader

from .checkpoint import load_checkpoint_file, register_safe_loader

_HTTP = ('http://', 'https://')
_ZOOS = {  # what lists their names
    'modelzoo': 'get_torchvision_models',
    'torchvision': 'get_torchvision_models',
    'open-mmlab': 'get_external_models',
    'openmmlab': 'get_external_models',
    'mmcls': 'get_mmcls_models',
}
_REMEDY = 'Fetch the file by other means and name it instead of the address.'


# MMEngine logs a loader's name from its tenth character on.
def load_from_http(filename: str, map_location=None):
    """Be MMEngine's loader for HTTP; the file is kept where torch.hub keeps it."""
    path = osp.join(torch.hub.get_dir(), 'checkpoints', osp.basename(urlparse(filename).path))
    if osp.isfile(path):
        print_log(f'{filename} was fetched before: {path}', 'current')
    try:
        if is_main_process():
            _download(filename, path)
    finally:
        barrier()
    _download(filename, path)  # on the other machines
    return _read(path, f'{filename} (fetched to {path})', map_location)


def load_from_zoo(filename: str, map_location=None):
    """Be MMEngine's loader for names of model zoos."""
    zoo, _, name = filename.partition('://')
    places = getattr(host, _ZOOS[zoo])()
    if zoo in ('open-mmlab', 'openmmlab'):
        name = host.get_deprecated_model_names().get(name, name)
    if name not in places:
        close = difflib.get_close_matches(name, places, n=3)
        raise ValueError(
            f"'{filename}': MMEngine knows no {name} in {zoo}://; "
            + (f'close names are {", ".join(close)}.' if close else _REMEDY)
        )
    if places[name].startswith(_HTTP):
        checkpoint = load_from_http(places[name], map_location)
    else:
        path = osp.join(host._get_mmengine_home(), places[name])
        checkpoint = _read(path, f'{filename} ({path})', map_location)
    return host._process_mmcls_checkpoint(checkpoint) if zoo == 'mmcls' else checkpoint


def load_from_ceph(filename: str, map_location=None):
    """Be MMEngine's loader for S3 and Petrel."""
    with _temporary(filename) as path:
        backend = get_file_backend(filename, backend_args=dict(backend='petrel'))
        with open(path, 'wb') as file:
            file.write(backend.get(filename))
        return _read(path, filename, map_location)


def load_from_pavi(filename: str, map_location=None):
    """Be MMEngine's loader for Pavi."""
    try:
        from pavi import modelcloud
    except ImportError as error:
        raise ImportError(f'{filename} needs the package pavi. {_REMEDY}') from error
    with _temporary(filename) as path:
        modelcloud.get(filename.removeprefix('pavi://')).download(path)
        return _read(path, filename, map_location)


def _refuse(prefix: str, filename: str, map_location=None):
    """Stand in for a loader of MMEngine that is not known here."""
    raise ValueError(f"'{filename}': {prefix} is not read strictly here. {_REMEDY}")


def _download(address: str, path: str):
    """Fetch a file unless it is there.

    Raises:
        OSError: if it cannot be fetched.
        ValueError: if the address names no file.
    """
    if not osp.basename(path):
        raise ValueError(f"'{address}' names no file; give the whole address of a checkpoint.")
    if osp.isfile(path):
        return
    os.makedirs(osp.dirname(path), exist_ok=True)
    try:
        torch.hub.download_url_to_file(address, path, progress=os.isatty(2))
    except (OSError, http.client.HTTPException) as error:
        raise OSError(f'{address} cannot be fetched to {path} ({error}). {_REMEDY}') from error


@contextmanager
def _temporary(address: str) -> Iterator[str]:
    """Return a name, with the ending of the address, for a file that does not stay."""
    with tempfile.TemporaryDirectory() as folder:
        yield osp.join(folder, 'checkpoint' + osp.splitext(address)[1])


def _read(path: str, address: str, map_location):
    """Read a fetched file strictly; errors name the address."""
    try:
        return load_checkpoint_file(path, map_location)
    except (pickle.UnpicklingError, RuntimeError, FileNotFoundError) as error:
        raise type(error)(str(error).replace(path, address)) from error.__cause__


def register_safe_loaders():
    """Make MMEngine read every checkpoint, wherever it is, through ``load_checkpoint_file``."""
    known = [
        (load_from_http, _HTTP),
        (load_from_ceph, (r'(\S+\:)?s3://', r'(\S+\:)?petrel://')),
        (load_from_pavi, ('pavi://',)),
        (load_from_zoo, tuple(f'{zoo}://' for zoo in _ZOOS)),
    ]
    for loader, prefixes in known:
        CheckpointLoader.register_scheme(prefixes=prefixes, loader=loader, force=True)
    register_safe_loader()
    for prefix, loader in list(CheckpointLoader._schemes.items()):
        if loader.__module__ == host.__name__:
            refuse = partial(_refuse, prefix)
            refuse.__name__ = 'load_from_elsewhere'
            CheckpointLoader.register_scheme(prefixes=prefix, loader=refuse, force=True)
