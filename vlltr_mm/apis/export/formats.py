"""The files that a model can be exported to: writing and running them."""

import json
import logging
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

Runner = Callable[[Tensor], list[Tensor]]


class Format(NamedTuple):
    """How a format is written and run.

    file: its name. write: (module, example, path, meta) → None. load: path →
    a function from inputs to the outputs.
    """

    file: str
    write: Callable[[nn.Module, Tensor, str, dict], None]
    load: Callable[[str], Runner]


@contextmanager
def _without_chatter():
    """Keep what exporters print for their own developers from the user."""
    loggers = [logging.getLogger(name) for name in ('onnxscript', 'torch.onnx', 'onnx_ir')]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)


@torch.no_grad()
def _trace(module: nn.Module, example: Tensor):
    """Export with any number of images."""
    with _without_chatter():
        return torch.export.export(
            module, (example,), dynamic_shapes=({0: torch.export.Dim('batch', min=1)},)
        )


def _write_onnx(module: nn.Module, example: Tensor, path: str, meta: dict):
    """Write ONNX; weights beyond 2 GB, its limit, go to a file beside it."""
    with _without_chatter():
        program = torch.onnx.export(
            _trace(module, example),
            input_names=['images'],
            output_names=module.outputs,
            dynamo=True,
            optimize=True,
            verbose=False,
        )
        program.model.metadata_props.update(
            {key: json.dumps(value, ensure_ascii=False) for key, value in meta.items()}
        )
        program.save(path)


def _load_onnx(path: str) -> Runner:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    (name,) = (given.name for given in session.get_inputs())
    return lambda images: [
        torch.from_numpy(np.ascontiguousarray(out))
        for out in session.run(None, {name: images.numpy()})
    ]


def _write_torch_export(module: nn.Module, example: Tensor, path: str, meta: dict):
    program = _trace(module, example)
    with _without_chatter():
        torch.export.save(program, path, extra_files={'metadata.json': json.dumps(meta)})


def _load_torch_export(path: str) -> Runner:
    program = torch.export.load(path).module()
    return lambda images: list(program(images))


FORMATS = {
    'onnx': Format('model.onnx', _write_onnx, _load_onnx),
    'torch-export': Format('model.pt2', _write_torch_export, _load_torch_export),
}
