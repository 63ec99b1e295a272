"""A finished classifier, ready to be asked or exported."""

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import HOOKS
from torch import nn

from ...engine import FeatureBankHook, TauSweepHook
from ...engine.class_records import record_of_dataset
from ...engine.loading import load_for_test
from ...structures import ClassRecord
from ...utils.model import build_model, unwrap_model
from ..running.handover import is_training_free
from ..running.overrides import check_checkpoint
from ..running.stages import evaluation_runner

_FILLING = (FeatureBankHook, TauSweepHook)


def load_classifier(cfg: Config, checkpoint: str | None) -> tuple[nn.Module, ClassRecord | None]:
    """Build a classifier with its weights, on the CPU or where a runner puts it.

    A checkpoint is enough for heads that are trained. What hooks fill before
    each test (``FeatureBankHook``, ``TauSweepHook``) needs the images or
    sentences that they name, and the test set's classes.

    Args:
        cfg (Config): as ``load_config`` returns it.
        checkpoint (str | None): the file; None for a config that trains
            nothing.

    Returns:
        tuple[nn.Module, ClassRecord | None]: the model in eval mode, and the
        classes it was made for, where they are known.

    Raises:
        FileNotFoundError: if there is no such checkpoint.
        ValueError: if the model classifies nothing, or the checkpoint is not
            of it.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    model = build_model(cfg)
    if not isinstance(model, ImageClassifier):
        raise ValueError(
            f'The model of {cfg.filename} is {type(model).__name__}, which classifies nothing; '
            'give a config of stage 2.'
        )
    if checkpoint is None and not is_training_free(cfg):
        raise ValueError(f'{cfg.filename} trains a model; give a checkpoint of it.')
    if any(_is_filling(hook) for hook in cfg.get('custom_hooks') or []):
        return _filled(cfg, checkpoint)
    if checkpoint is None:
        model.init_weights()
        return model.eval(), None
    check_checkpoint(checkpoint, 'to use')
    return model.eval(), load_for_test(model, checkpoint)


def _is_filling(hook: dict) -> bool:
    kind = HOOKS.get(hook['type']) if isinstance(hook['type'], str) else hook['type']
    return isinstance(kind, type) and issubclass(kind, _FILLING)


def _filled(cfg: Config, checkpoint: str | None) -> tuple[nn.Module, ClassRecord | None]:
    """Let the hooks do what they do before the first batch of a test."""
    runner = evaluation_runner(cfg, checkpoint)
    runner.test_loop  # noqa: B018  builds data set and metric
    runner.load_or_resume()
    runner.model.eval()
    for hook in runner.hooks:
        if isinstance(hook, _FILLING):
            hook.before_test_iter(runner, 0)
    return unwrap_model(runner.model), record_of_dataset(runner.test_dataloader.dataset)
