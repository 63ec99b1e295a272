"""From which checkpoint a run goes on."""

import logging
import os
import os.path as osp
import pickle
import re
import zipfile

from mmengine.logging import print_log

from ...utils.checkpoint import load_checkpoint_file

_NUMBERED = re.compile(r'(?P<kind>.*?)(?P<step>\d+)(?P<ending>\.\w+)', re.ASCII)
_HOST_KINDS = ('epoch_', 'iter_')


def latest_checkpoint(folder: str) -> str | None:
    """Return the last checkpoint of a run that is whole.

    It is the one that ``last_checkpoint`` names, also after the folder was
    moved. Where that is lost or damaged, an earlier one of the run is taken
    with a warning, never a later one, which may be of another run.

    Args:
        folder (str): the work folder.

    Returns:
        str | None: None where the folder has no checkpoint.

    Raises:
        FileNotFoundError: if there are checkpoints, or one is named, but none
            is whole.
        pickle.UnpicklingError: if it holds what no file may hold.
    """
    named = _read_name(folder)
    if named is not None and '://' in named:
        return named
    own = named and osp.join(folder, re.split(r'[/\\]', named)[-1])
    for path in filter(None, (named, own)):
        if osp.isfile(path) and _iteration(path) is not None:
            return path
    others = _earlier(folder, own)
    whole = {path: _iteration(path) for path in others}
    whole = {path: iteration for path, iteration in whole.items() if iteration is not None}
    if named is None:
        problem = f'{folder} has no last_checkpoint'
    else:
        state = 'cannot be read' if osp.isfile(named) or osp.isfile(own) else 'does not exist'
        problem = f"last_checkpoint in {folder} names '{named}', which {state}"
    if whole:
        path = max(whole, key=whole.get)
        text = f'{problem}; the run goes on from {path}, the latest one that is whole.'
        print_log(text, 'current', level=logging.WARNING)
        return path
    if named is None and not others:
        return None
    raise FileNotFoundError(
        f'{problem}, and no earlier checkpoint there is whole. Put it back, name another with '
        f'--resume FILE, or remove last_checkpoint and the checkpoints in {folder} to train from '
        'the start.'
    )


def is_damaged(path: str) -> bool:
    """Tell whether a checkpoint is not whole.

    Tensors are not read, but their places in the file are.

    Args:
        path (str): the file.

    Raises:
        pickle.UnpicklingError: if it is whole, but holds what no file may
            hold.
    """
    return _read(path) is None


def _iteration(path: str) -> int | None:
    """Return the iteration of a checkpoint that a run can go on from; None of other files."""
    content = _read(path)
    meta = content.get('meta') if isinstance(content, dict) else None
    iteration = meta.get('iter') if isinstance(meta, dict) else None
    return iteration if type(iteration) is int and 'state_dict' in content else None


def _read(path: str):
    """Read all of a checkpoint but its tensors; return None of a damaged one."""
    try:
        return load_checkpoint_file(path, mmap=True)
    except RuntimeError:
        return None
    except pickle.UnpicklingError:
        if not _is_torn(path):  # refused for what it holds
            raise
        return None


def _is_torn(path: str) -> bool:
    """Tell whether a file is not as ``torch.save`` left it."""
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is not None
    except zipfile.BadZipFile:
        return True


def _read_name(folder: str) -> str | None:
    """Return what ``last_checkpoint`` names; None if there is none or it is empty."""
    path = osp.join(folder, 'last_checkpoint')
    if not osp.isfile(path):
        return None
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read(2**16).strip().replace('\0', '') or None


def _earlier(folder: str, own: str | None) -> list[str]:
    """List the checkpoints of a folder before its last; all of MMEngine's names without one."""
    last = _NUMBERED.fullmatch(osp.basename(own or ''))
    found = []
    for name in os.listdir(folder) if osp.isdir(folder) else []:
        one = _NUMBERED.fullmatch(name)
        if one is None:
            continue
        if last is None:
            earlier = one['kind'] in _HOST_KINDS and one['ending'] == '.pth'
        else:
            alike = one.group('kind', 'ending') == last.group('kind', 'ending')
            earlier = alike and int(one['step']) < int(last['step'])
        if earlier:
            found.append(osp.join(folder, name))
    return found
