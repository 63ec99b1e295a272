"""Where the tests marked ``gpu`` run.

GPU_TESTS_ON=cpu takes them to the processor, so that they are known to be
sound before a card is at hand; half precision is bfloat16 there.
"""

import os
from contextlib import contextmanager, nullcontext
from functools import partial
from unittest import mock

import torch
from mmengine.optim.optimizer import amp_optimizer_wrapper

DEVICE = os.environ.get('GPU_TESTS_ON', 'cuda')
ON_CPU = DEVICE == 'cpu'
HALF = 'bfloat16' if ON_CPU else 'float16'


def missing():
    """Return why the tests cannot run here, or None."""
    if ON_CPU or torch.cuda.is_available():
        return None
    return 'needs a CUDA device; GPU_TESTS_ON=cpu runs it on the processor'


@contextmanager
def amp_anywhere():
    """Let MMEngine's wrapper for mixed precision be made on this device."""
    with nullcontext() if not ON_CPU else _patched():
        yield


@contextmanager
def _patched():
    scaler = partial(torch.amp.GradScaler, 'cpu')
    with (
        mock.patch.object(amp_optimizer_wrapper, 'is_cuda_available', lambda: True),
        mock.patch.object(amp_optimizer_wrapper, 'GradScaler', scaler),
    ):
        yield
