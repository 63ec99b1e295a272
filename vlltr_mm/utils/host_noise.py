"""What the host says on every run and no user can act on."""

import logging
import re
import warnings

# Message and module, both from the start, as ``warnings`` matches them.
_WARNINGS = (
    # mmcv-lite has no compiled operators, and nothing here needs one.
    ('Fail to import ``MultiScaleDeformableAttention``', r'mmcv\.cnn\.bricks\.transformer'),
    # The loaders' default is for GPUs, and pinning is skipped without one.
    ("'pin_memory' argument is set as true but no accelerator", r'torch\.utils\.data'),
)
_LOG_LINES = re.compile(
    r'"FileClient" will be deprecated|"HardDiskBackend" is the alias'
    # A line for each parameter of a frozen tower, which the recipes freeze.
    r'|\S+ is skipped since its requires_grad=False$'
    # Another where there is no log file for them.
    r'|\n\S+ - torch\.Size\(.*\): \n'
)


def ignore_host_warnings():
    """Ignore these warnings, by message and module, from now on."""
    for message, module in _WARNINGS:
        warnings.filterwarnings('ignore', message, UserWarning, module)


def filter_log(logger: logging.Logger):
    """Keep these lines out of a logger.

    Args:
        logger (logging.Logger): a runner's.
    """
    logger.addFilter(_is_worth_a_line)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    return not _LOG_LINES.match(record.getMessage())
