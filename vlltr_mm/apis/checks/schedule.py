"""The optimizer and schedule that a config asks for, without training."""

from dataclasses import dataclass, field

from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from torch import nn

_PRECISION_KEYS = ('type', 'dtype', 'loss_scale', 'use_fsdp')


@dataclass
class ParamGroup:
    """Parameters that share a base learning rate and a weight decay."""

    lr: float
    weight_decay: float
    names: list[str] = field(default_factory=list)
    num_params: int = 0


def iters_per_epoch(size: int, loader: dict, num_gpus: int) -> int:
    """Return the iterations of an epoch.

    Args:
        size (int): N, the samples that the sampler draws per epoch.
        loader (dict): with ``batch_size``, per GPU, and ``drop_last``.
        num_gpus (int): the ranks; the sampler rounds up to a multiple.

    Returns:
        int: the iterations of each rank.
    """
    share = -(-size // num_gpus)
    if loader.get('drop_last'):
        return share // loader['batch_size']
    return -(-share // loader['batch_size'])


def training_length(cfg: Config) -> tuple[int, str]:
    """Return how long a training is, and in what.

    Args:
        cfg (Config): with ``train_cfg``.

    Returns:
        tuple[int, str]: the number of epochs and 'epoch'; or, as with
        ``IterBasedTrainLoop``, of iterations and 'iteration'.

    Raises:
        ValueError: if ``train_cfg`` has not exactly one positive number.
    """
    given = {k: cfg.train_cfg[k] for k in ('max_epochs', 'max_iters') if cfg.train_cfg.get(k)}
    if len(given) != 1 or not all(isinstance(n, int) and n > 0 for n in given.values()):
        raise ValueError(
            f'train_cfg is {dict(cfg.train_cfg)}; give it max_epochs, or max_iters with '
            'by_epoch=False, a positive number.'
        )
    key, length = given.popitem()
    return length, 'epoch' if key == 'max_epochs' else 'iteration'


def schedule_problems(cfg: Config) -> list[str]:
    """Return what is wrong with the schedulers of a training that counts iterations."""
    if training_length(cfg)[1] == 'epoch':
        return []
    return [
        f'param_scheduler[{index}] ({scheduler["type"]}) counts epochs, but the training counts '
        'iterations (max_iters), so it would never step; give it by_epoch=False, and begin and '
        'end in iterations.'
        for index, scheduler in enumerate(_schedulers(cfg))
        if scheduler.get('by_epoch', True) and not scheduler.get('convert_to_iter_based')
    ]


def simulate_schedule(
    cfg: Config, model: nn.Module, epoch_length: int
) -> tuple[list[ParamGroup], list[list[float]]]:
    """Build the optimizer and step through the schedule, without training.

    Args:
        cfg (Config): with ``optim_wrapper``, ``param_scheduler`` and
            ``train_cfg``. Mixed precision, which needs a GPU, is left out; it
            changes no learning rate.
        model (nn.Module): the built model.
        epoch_length (int): iterations per epoch.

    Returns:
        tuple[list[ParamGroup], list[list[float]]]: the G groups, and for each
        epoch their G learning rates in its first iteration; for each
        iteration where the training counts those.
    """
    settings = {k: v for k, v in cfg.optim_wrapper.items() if k not in _PRECISION_KEYS}
    wrapper = build_optim_wrapper(model, dict(type='OptimWrapper', **settings))
    groups, order = _merge_groups(model, wrapper.optimizer)
    by_epoch, by_iter = _build_schedulers(cfg, wrapper, epoch_length)
    wrapper.step()  # changes nothing; torch warns without one
    learning_rates = []
    length, unit = training_length(cfg)
    steps = 1 if unit == 'iteration' else epoch_length
    for _ in range(length):
        learning_rates.append([wrapper.optimizer.param_groups[i]['lr'] for i in order])
        for _ in range(steps if by_iter else 0):
            for scheduler in by_iter:
                scheduler.step()
        for scheduler in by_epoch if unit == 'epoch' else ():
            scheduler.step()
    return groups, learning_rates


def _schedulers(cfg: Config) -> list[dict]:
    schedulers = cfg.get('param_scheduler') or []
    return schedulers if isinstance(schedulers, list) else [schedulers]


def _build_schedulers(cfg: Config, wrapper, epoch_length: int):
    """Build the schedulers by epoch and by iteration, as the Runner does."""
    length, unit = training_length(cfg)
    # As the Runner counts: a training by iterations is one epoch.
    epochs, iterations = (length, length * epoch_length) if unit == 'epoch' else (1, length)
    by_epoch, by_iter = [], []
    for scheduler in map(dict, _schedulers(cfg)):
        scheduler.setdefault('end', epochs if scheduler.get('by_epoch', True) else iterations)
        built = PARAM_SCHEDULERS.build(
            scheduler, default_args=dict(optimizer=wrapper, epoch_length=epoch_length)
        )
        (by_epoch if built.by_epoch else by_iter).append(built)
    return by_epoch, by_iter


def _merge_groups(model: nn.Module, optimizer) -> tuple[list[ParamGroup], list[int]]:
    """Merge groups that are alike; return them, and where each is in the optimizer."""
    names = {id(p): name for name, p in model.named_parameters()}
    merged, order = {}, []
    for index, group in enumerate(optimizer.param_groups):
        trained = [p for p in group['params'] if p.requires_grad]
        key = group['lr'], group['weight_decay']
        if trained and key not in merged:
            merged[key] = ParamGroup(*key)
            order.append(index)
        for parameter in trained:
            merged[key].names.append(names[id(parameter)])
            merged[key].num_params += parameter.numel()
    return list(merged.values()), order
