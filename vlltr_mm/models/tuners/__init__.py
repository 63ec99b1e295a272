"""What is trained of a frozen tower."""

from .adaptformer import AdaptFormer
from .bias_tuner import BiasTuner
from .lora import LoRA
from .tuner import ReplacingPart, Tuner

__all__ = ['AdaptFormer', 'BiasTuner', 'LoRA', 'ReplacingPart', 'Tuner']
