"""Build a model from a config, and look behind a wrapper."""

from mmengine.config import Config
from mmengine.model import is_model_wrapper
from mmpretrain.registry import MODELS
from torch import nn


def build_model(cfg: Config) -> nn.Module:
    """Build the model of a config with the config's data preprocessor, as a runner does.

    Args:
        cfg (Config): with ``model``, and possibly ``data_preprocessor``; not changed.

    Returns:
        nn.Module: without initialised weights.
    """
    model = cfg.model.copy()
    model.setdefault('data_preprocessor', cfg.get('data_preprocessor'))
    return MODELS.build(model)


def unwrap_model(model: nn.Module) -> nn.Module:
    """Return the model itself, also behind DDP."""
    return model.module if is_model_wrapper(model) else model
