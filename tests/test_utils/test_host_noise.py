import logging
import warnings

import pytest

from vlltr_mm.utils.host_noise import filter_log, ignore_host_warnings


def warn(message, module, category=UserWarning):
    warnings.warn_explicit(message, category, 'file.py', 1, module)


@pytest.fixture
def caught():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        ignore_host_warnings()
        yield caught


MMCV = (
    'Fail to import ``MultiScaleDeformableAttention`` from ``mmcv.ops',
    'mmcv.cnn.bricks.transformer',
)
PINNED = (
    "'pin_memory' argument is set as true but no accelerator is found, then",
    'torch.utils.data.dataloader',
)


@pytest.mark.parametrize('message, module', [MMCV, PINNED])
def test_only_these_warnings_are_ignored(caught, message, module):
    warn(message, module)
    assert caught == []
    warn(message, 'somebody.else')
    warn(f'Now: {message}', module)
    warn(message, module, FutureWarning)
    assert len(caught) == 3


def test_only_these_lines_are_kept_out_of_the_log():
    logger, seen = logging.Logger('runner'), []
    logger.addHandler(logging.Handler())
    logger.handlers[0].emit = lambda record: seen.append(record.getMessage())
    filter_log(logger)
    logger.warning('backbone.visual.conv1.weight is skipped since its requires_grad=False')
    logger.warning('"FileClient" will be deprecated in future. Please use io functions')
    logger.warning('"HardDiskBackend" is the alias of "LocalBackend" and the former will be')
    assert seen == []
    kept = ['Epoch 3 is skipped since its requires_grad=False', 'The "FileClient" will be dep']
    for line in kept:
        logger.warning(line)
    assert seen == kept
