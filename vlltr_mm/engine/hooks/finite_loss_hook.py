"""End a run whose loss or weights are no numbers any more."""

import logging
import math

from mmengine.hooks import CheckpointHook, Hook
from mmengine.logging import print_log
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import HOOKS
from torch import Tensor, nn

from ...utils.model import unwrap_model

_REMEDY = (
    'Lower the learning rate, clip the gradients (optim_wrapper.clip_grad), train in float32 or '
    'bfloat16, or look for damaged inputs.'
)


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop at the first loss that is NaN or infinite, before a checkpoint.

    Each rank looks at its own terms of the loss after every iteration. Where
    a loss scaler skips such steps (``AmpOptimWrapper``), ``max_skips`` of
    them in a row are let pass. Weights and BatchNorm statistics are looked at
    before they are saved or validated: a gradient can be NaN where the loss
    is not, and their checkpoint would take the place of the last good one.

    Only terms with 'loss' in their name count, those that MMEngine adds up.

    Args:
        max_skips (int): bad iterations in a row that a loss scaler may skip.
            Defaults to 20.

    Raises:
        ValueError: if ``max_skips`` is negative.
    """

    # After RuntimeInfoHook, which waits for the device anyway; before hooks that average weights.
    priority = 'HIGH'

    def __init__(self, max_skips: int = 20):
        if max_skips < 0:
            raise ValueError(f'max_skips is {max_skips}; give 0 or more.')
        self.max_skips = max_skips
        self._skipped = 0
        self._by_iter: list[CheckpointHook] = []

    def before_train(self, runner):
        """Find the hooks that save between epochs."""
        self._skipped = 0
        self._by_iter = [
            h for h in runner.hooks if isinstance(h, CheckpointHook) and not h.by_epoch
        ]

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Look at the terms of the loss.

        Raises:
            RuntimeError: if one is not finite and no scaler skips the step,
                or too many were skipped; or if weights to be saved now are
                not finite.
        """
        terms = _loss_terms(outputs or {})
        bad = {name: value for name, value in terms.items() if not math.isfinite(value)}
        if bad:
            self._bad_step(runner, bad, terms)
        else:
            self._skipped = 0
        if any(_saves_now(hook, runner) for hook in self._by_iter):
            _check_weights(runner)

    def after_train_epoch(self, runner):
        """Look at the weights; see ``_check_weights``."""
        _check_weights(runner)

    def before_val_epoch(self, runner):
        """Look at the weights; see ``_check_weights``."""
        _check_weights(runner)

    def _bad_step(self, runner, bad: dict[str, float], terms: dict[str, float]):
        """Count a skipped step, or end the run."""
        where = f'Iteration {runner.iter + 1} (epoch {runner.epoch + 1})'
        told = f'{where}: {_told(bad)}'
        if good := {name: value for name, value in terms.items() if name not in bad}:
            told = f'{told} ({_told(good)})'
        if not _is_scaled(runner.optim_wrapper):
            raise RuntimeError(f'{told}; the run ends before its weights are saved. {_REMEDY}')
        self._skipped += 1
        if self._skipped > self.max_skips:
            raise RuntimeError(
                f'{told}; {self._skipped} such iterations in a row are more than '
                f'max_skips={self.max_skips} of FiniteLossHook. {_REMEDY}'
            )
        print_log(
            f'{told}; the loss scaler skips this step ({self._skipped} in a row, '
            f'{self.max_skips} at most).',
            logger='current',
            level=logging.WARNING,
        )


def _loss_terms(outputs: dict) -> dict[str, float]:
    """Return the terms of the loss; their sum only where it is all there is."""
    terms = {
        name: value.item()
        for name, value in outputs.items()
        if 'loss' in name and isinstance(value, Tensor) and value.numel() == 1
    }
    return {k: v for k, v in terms.items() if k != 'loss'} or terms


def _told(terms: dict[str, float]) -> str:
    return ', '.join(f'{name} is {value:.4g}' for name, value in terms.items())


def _is_scaled(wrapper) -> bool:
    """Whether every optimizer steps by a loss scaler, which skips what is not finite."""
    wrappers = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
    scalers = [getattr(each, 'loss_scaler', None) for each in wrappers]
    return all(scaler is not None and scaler.is_enabled() for scaler in scalers)


def _saves_now(hook: CheckpointHook, runner) -> bool:
    """Whether a hook that saves by iterations saves after this one."""
    return hook.every_n_train_iters(runner, hook.interval, hook.save_begin) or (
        hook.save_last and hook.is_last_train_iter(runner)
    )


def _check_weights(runner):
    """Refuse parameters that are not finite, and buffers with NaN.

    Infinite buffers stay: masks have them.

    Raises:
        RuntimeError: with the name of the first.
    """
    bad = _first_bad(unwrap_model(runner.model))
    if bad is not None:
        raise RuntimeError(
            f'After iteration {runner.iter} {bad} holds values that are not finite; the run ends '
            f'before they are saved. {_REMEDY}'
        )


def _first_bad(model: nn.Module) -> str | None:
    """Return the name of the first tensor that is damaged."""
    names = [name for name, _ in model.named_parameters()]
    ok = [p.detach().isfinite().all() for p in model.parameters()]
    for name, buffer in model.named_buffers():
        if buffer.is_floating_point():
            names.append(name)
            ok.append(~buffer.isnan().any())
    return next((name for name, fine in zip(names, ok) if not fine), None)
