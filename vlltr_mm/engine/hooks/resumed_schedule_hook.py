"""Go on with a learning rate schedule where an epoch has another length."""

import copy
import logging
from collections import Counter

from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.optim import _ParamScheduler
from mmengine.runner import EpochBasedTrainLoop
from mmpretrain.registry import HOOKS

_META_KEY = 'epoch_length'
# What a scheduler counts in steps, and how far it has come.
_STEPS = {
    'begin',
    'end',
    'T_max',
    'total_iters',
    'step_size',
    'milestones',
    'periods',
    'cumulative_periods',
}
_PROGRESS = {'last_step', '_global_step', '_last_value', 'base_values', 'verbose'}


@HOOKS.register_module()
class ResumedScheduleHook(Hook):
    """Let schedules that count iterations end with the last epoch, after any resume.

    A schedule with ``convert_to_iter_based`` is made for the iterations of an
    epoch. MMEngine takes those of the checkpoint, so that on twice as many
    ranks, or with twice the batch, training ends in the middle of the
    schedule, and on half as many the learning rate reaches its end early.
    Here the schedule goes on at the same part of its way; a warning says so.
    Any other difference between the schedule of the checkpoint, which is
    followed, and that of the config is named.
    """

    def before_run(self, runner):
        """Note the schedules as this run has made them."""
        self._made = [copy.deepcopy(s.state_dict()) for s in _schedulers(runner)]
        self._saved = None

    def before_save_checkpoint(self, runner, checkpoint):
        """Store ranks, batch size and iterations of an epoch."""
        length = _epoch_length(runner)
        if length:
            checkpoint['meta'][_META_KEY] = length

    def after_load_checkpoint(self, runner, checkpoint):
        """Note what the checkpoint says of its run."""
        self._saved = (checkpoint.get('meta') or {}).get(_META_KEY)

    def before_train(self, runner):
        """Compare the schedules with those of the checkpoint, where there is one."""
        now, saved = _epoch_length(runner), self._saved
        if runner.iter == 0 or now is None:
            return
        if saved is None and runner.epoch and runner.iter % runner.epoch == 0:
            saved = dict(iterations=runner.iter // runner.epoch)  # written without this hook
        ratio = now['iterations'] / saved['iterations'] if saved else None
        notes = []
        for scheduler, made in zip(_schedulers(runner), self._made):
            notes += _go_on(scheduler, made, ratio, runner)
        if notes:
            print_log(
                f'Resumed with {_words(now)}; the checkpoint is of {_words(saved)}. '
                + ' '.join(notes)
                + ' The learning rate itself is not scaled.',
                'current',
                level=logging.WARNING,
            )


def _schedulers(runner) -> list[_ParamScheduler]:
    """List the schedulers that are built, of one optimizer or several."""
    found = runner.param_schedulers or []
    groups = found.values() if isinstance(found, dict) else [found]
    flat = [s for group in groups for s in (group if isinstance(group, list) else [group])]
    return [s for s in flat if isinstance(s, _ParamScheduler)]


def _epoch_length(runner) -> dict[str, int] | None:
    """Return what the number of iterations depends on, and the number."""
    loader = runner.train_dataloader
    if not hasattr(loader.dataset, '__len__'):  # a stream, trained by iterations
        return None
    return dict(
        world_size=get_world_size(),
        batch_size=getattr(loader.batch_sampler, 'batch_size', None) or 0,
        iterations=len(loader),
    )


def _words(length: dict | None) -> str:
    """Say an epoch's length."""
    if length is None:
        return 'a run that does not say its own'
    words = f'{length["iterations"]} iterations an epoch'
    if 'world_size' in length:
        words += f' (world size {length["world_size"]}, batch size {length["batch_size"]})'
    return words


def _go_on(scheduler: _ParamScheduler, made: dict, ratio: float | None, runner) -> list[str]:
    """Adapt a scheduler where that is right; return what there is to say."""
    name, loaded = type(scheduler).__name__, scheduler.state_dict()
    differing = [k for k in made if k not in _PROGRESS and loaded.get(k) != made[k]]
    done = loaded['_global_step']
    if not differing:
        in_one_unit = scheduler.by_epoch or not isinstance(runner.train_loop, EpochBasedTrainLoop)
        if in_one_unit or ratio in (None, 1) or done >= scheduler.end:
            return []
        last = runner.iter + (runner.max_epochs - runner.epoch) * len(runner.train_dataloader)
        return [
            f'{name} is given in iterations and ends at {scheduler.end}, training now ends at '
            f'{last}.'
        ]
    scaled = ratio is not None and set(differing) <= _STEPS and not scheduler.by_epoch
    if scaled and all(_is_multiple(loaded[k], made[k], ratio) for k in differing):
        now = round(done * ratio)
        step = min(max(now, made['begin'] - 1), made['end'] - 1) - made['begin']
        kept = {key: made[key] for key in differing}
        scheduler.load_state_dict(dict(kept, _global_step=now, last_step=step))
        return [
            f'{name} goes on at iteration {now} of {made["end"]} (the checkpoint: {done} of '
            f'{loaded["end"]}), so that it ends with the same epoch.'
        ]
    values = ', '.join(f'{key}={loaded.get(key)!r}, not {made[key]!r}' for key in differing)
    return [
        f'{name} goes on as in the checkpoint, not as in the config ({values}); to follow the '
        "config's, start from the weights (load_from) instead of resuming."
    ]


def _is_multiple(loaded, made, ratio: float) -> bool:
    """Whether steps are those of the checkpoint times the ratio, up to rounding."""
    loaded, made = _numbers(loaded), _numbers(made)
    return len(loaded) == len(made) and all(
        abs(old * ratio - new) <= max(1, ratio) for old, new in zip(loaded, made)
    )


def _numbers(steps) -> list:
    """Return one or several steps as a list."""
    if isinstance(steps, Counter):
        return sorted(steps.elements())
    return list(steps) if isinstance(steps, (list, tuple)) else [steps]
