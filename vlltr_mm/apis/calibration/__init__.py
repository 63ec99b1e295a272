"""Weight and prior of a finished head, chosen on held-out images without training."""

from .choosing import Calibration, Setting, calibrate
from .recording import load_branch_logits, record_branch_logits
from .report import command_to_test, print_calibration, write_calibration

__all__ = [
    'Calibration',
    'Setting',
    'calibrate',
    'load_branch_logits',
    'print_calibration',
    'record_branch_logits',
    'command_to_test',
    'write_calibration',
]
