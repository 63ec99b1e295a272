"""Build a model from a config, and find that of a run."""

from mmengine.config import Config
from mmengine.hooks import EMAHook
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


def saved_model(runner) -> nn.Module:
    """Return the model whose weights a checkpoint of this run has as ``state_dict``.

    With an ``EMAHook`` that is the averaged one, between validations as well;
    of several hooks the last one writes.

    Args:
        runner (Runner): in training.
    """
    averaged = [hook.ema_model.module for hook in runner.hooks if isinstance(hook, EMAHook)]
    return averaged[-1] if averaged else unwrap_model(runner.model)
