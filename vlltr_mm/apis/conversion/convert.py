"""Convert weight files of other programs to ours, and ours to theirs."""

import os.path as osp

import torch
from torch import Tensor

from ...models.backbones.openclip.weights import read_clip_file, state_tensors
from ...structures.tensor_file import save_tensors
from ...utils.checkpoint import load_checkpoint_file, plain_values
from ...utils.logit_scale import check_log_scale
from ...utils.validation import check_weights
from ...utils.whole_path import whole_path
from ...version import __version__
from .mapping import map_release, map_to_open_clip
from .report import ConversionReport


def convert_release(source: str, target: str, teacher: str = 'student') -> ConversionReport:
    """Convert a checkpoint of the first VL-LTR release to ours.

    The stage is found by the names of the tensors.

    Args:
        source (str): a file with ``model`` and possibly ``optimizer``,
            ``epoch`` and ``args``. Nothing in it is run.
        target (str): the ``.pth`` to write, as MMEngine writes them.
        teacher (str): what becomes the teacher of stage 1, which the release
            does not store: 'student', the weights themselves, so that the
            recipes' model loads strictly; 'none'; or the file of the CLIP
            that it was trained from, which training on needs. Defaults to
            'student'.

    Returns:
        ConversionReport: what was mapped, dropped and invented.

    Raises:
        FileNotFoundError: if there is no such file.
        pickle.UnpicklingError: if the file holds more than tensors, plain
            values, containers and a Namespace of plain values.
        ValueError: if names or shapes are not the release's, or numbers are
            not finite; nothing is written then.
    """
    content = load_checkpoint_file(source, namespaces=True)
    if not isinstance(content, dict) or not isinstance(content.get('model'), dict):
        found = list(content)[:5] if isinstance(content, dict) else type(content).__name__
        raise ValueError(
            f'{source} has no `model` (it holds {found}), which files of the VL-LTR release have.'
        )
    tensors = state_tensors(content['model'], source, only_tensors=True)
    try:
        meta = dict(
            vlltr_mm_version=__version__,
            converted_from=osp.basename(source),
            release_epoch=plain_values(content.get('epoch'), 'epoch'),
            release_args=plain_values(content.get('args'), 'args'),
        )
        state, report = map_release(tensors, _teacher(teacher, tensors))
    except ValueError as error:
        raise ValueError(f'{source}: {error}') from error
    check_numbers(state, source)
    report.dropped.update(
        (str(key), 'not weights') for key in content if key not in ('model', 'epoch', 'args')
    )
    report.invented['meta'] = 'version, source, epoch and args of the release'
    if report.kind.startswith('stage 1'):
        meta['teacher'] = teacher
    write(target, dict(meta=meta, state_dict=state))
    return report


def _teacher(choice: str, tensors: dict[str, Tensor]) -> dict | None:
    """Return the teacher's tensors by the release's names, or None."""
    if choice in ('student', 'none'):
        return tensors if choice == 'student' else None
    vision, text = (read_clip_file(choice, w) for w in ('vision', 'text'))
    if vision.tuner or text.tuner:
        raise ValueError(
            f'{choice} holds tuned towers; the release was trained from plain ones. Merge the '
            'tuners first (tools/model_converters/merge_tuner.py), or name the CLIP itself.'
        )
    if text.quick_gelu is False:
        raise ValueError(
            f'{choice} was made with quick_gelu=False; the release was '
            "trained from OpenAI's CLIP. Name that file as the teacher."
        )
    state = {f'visual.{key}': value for key, value in vision.state.items()}
    state.update(text.state)
    if text.logit_scale is not None:
        state['logit_scale'] = torch.tensor(text.logit_scale)
    return state


def export_open_clip(source: str, target: str, arch: str | dict | None = None) -> ConversionReport:
    """Convert our checkpoint to a plain state dict of open_clip.

    Args:
        source (str): a checkpoint of ``CVLP``, which gives a whole CLIP, or
            of an ``ImageClassifier`` with ``OpenCLIPVisionBackbone``, which
            gives the image tower alone, as ``visual.*``.
        target (str): the file to write: ``.safetensors``, or any other name
            for ``torch.save``.
        arch (str | dict, optional): the towers' architecture, which any but
            CLIP's own ResNets, ViTs and text transformers need. Defaults to
            None.

    Returns:
        ConversionReport: what was mapped, dropped and invented.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if names or shapes are not ours, or numbers are not finite;
            nothing is written then.
    """
    tensors = state_tensors(load_checkpoint_file(source), source, only_tensors=True)
    try:
        state, report = map_to_open_clip(tensors, arch)
    except ValueError as error:
        raise ValueError(f'{source}: {error}') from error
    check_numbers(state, source)
    if target.endswith('.safetensors'):
        save_tensors(target, state, {})
    else:
        write(target, state)
    return report


def check_numbers(state: dict[str, Tensor], source: str):
    """Refuse weights that no model can compute with."""
    check_weights(state, source)
    for key in ('logit_scale', 'head.logit_scale'):
        if key in state:
            check_log_scale(state[key], f'{source}, {key}')


def write(path: str, content: dict):
    """Write with ``torch.save``, whole or not at all."""
    with whole_path(path) as temporary:
        torch.save(content, temporary)
