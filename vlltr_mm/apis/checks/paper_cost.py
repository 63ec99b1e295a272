"""What a training costs on paper: numbers and operations, counted without a GPU."""

import logging
import os.path as osp
import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import OPTIMIZERS, init_default_scope
from torch import Tensor, nn

from ...models import CVLP
from ...utils.config_files import list_configs
from ...utils.model import build_model
from ..running.config import RunOptions, load_config, stage_before
from ..running.handover import hands_over_only, is_training_free
from .cost import data_set_type, num_classes, published_size
from .operations import count_operations
from .schedule import training_length

_SIDE = 4  # of a matrix whose moments are counted


@dataclass(frozen=True)
class Card:
    """What GPU-hours on paper are estimated for.

    Args:
        name (str): Defaults to 'A100, bfloat16 without sparsity'.
        tflops (float): its peak, 10¹² operations per second. Defaults to 312.
        utilisation (float): the share of the peak that a training reaches,
            0 to 1. Defaults to 0.4.
    """

    name: str = 'A100, bfloat16 without sparsity'
    tflops: float = 312
    utilisation: float = 0.4

    def __str__(self) -> str:
        return f'{self.utilisation:.0%} of {self.tflops:g} TFLOP/s ({self.name})'

    def hours(self, flops: float) -> float:
        """Return the hours of one card for so many operations."""
        return flops / (self.tflops * 1e12 * self.utilisation) / 3600


@dataclass
class StageCost:
    """What one stage costs on paper.

    Operations are those of matrix products and convolutions, two for a
    multiplication with its addition, of one image (or pair, or two views of
    one) and, in stage 1, one sentence of full length.

    trained: numbers. forward: operations by part. training: operations,
    forward and backward. images: drawn in the whole training, None where the
    data set is not known. state: bytes of what a GPU holds before the first
    batch, by kind.
    """

    config: str
    trained: int = 0
    forward: dict[str, int] = field(default_factory=dict)
    training: int = 0
    images: int | None = None
    state: dict[str, int] = field(default_factory=dict)

    def gpu_hours(self, card: Card) -> float | None:
        """Estimate the hours of one card, without loading, validation and communication."""
        return None if self.images is None else card.hours(self.training * self.images)


def stage_cost(cfg: Config, size: int | None = None, num_gpus: int = 8) -> StageCost:
    """Count what a config costs; no weight is made and no file read.

    The backward pass is what autograd runs: none for what is frozen; for a
    frozen tower with a tuner the gradients of its activations but not those of
    its weights, about one forward pass instead of two. ``chunk_size`` of stage
    1 runs both towers once more; a teacher's sentences, where they are looked
    up (``TeacherTextBankHook``), cost nothing. The losses' own products are
    not counted.

    Args:
        cfg (Config): that trains, or only tests.
        size (int, optional): images of the training set. Defaults to None,
            as the data set was published.
        num_gpus (int): of the run, for trainings that count iterations.
            Defaults to 8.

    Returns:
        StageCost: with no ``training`` where nothing is trained.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    with quietly(), torch.device('meta'):
        model = build_model(cfg)
        if hasattr(model, 'build_teacher'):
            revert_sync_batchnorm(model.build_teacher())
        model = revert_sync_batchnorm(model).train()
    cost = StageCost(cfg.filename)
    trains = not is_training_free(cfg) and not hands_over_only(cfg)
    cost.state = _state(model, cfg, trains)
    if trains:
        cost.trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
        cost.images = _images(cfg, size, num_gpus)
    cost.forward, cost.training = count_operations(model, cfg, trains)
    return cost


def _images(cfg: Config, size: int | None, num_gpus: int) -> int | None:
    """Return how many images are drawn in all."""
    length, unit = training_length(cfg)
    loader = cfg.train_dataloader
    if unit == 'iteration':
        return length * loader.batch_size * num_gpus
    drawn = (loader.get('sampler') or {}).get('num_samples') or size or published_size(cfg)
    return None if drawn is None else length * drawn


def _state(model: nn.Module, cfg: Config, trains: bool) -> dict[str, int]:
    """Return the bytes of weights, gradients, optimizer and teacher."""
    teacher = getattr(model, 'teacher', None)
    tensors = [*model.parameters(), *model.buffers()]
    state = {'weights and anchors': sum(t.numel() * t.element_size() for t in tensors)}
    if teacher is not None:
        own = [*teacher.parameters(), *teacher.buffers()]
        state['teacher'] = sum(t.numel() * t.element_size() for t in own)
        if isinstance(model, CVLP):  # a part of the model
            state['weights and anchors'] -= state['teacher']
    if trains:
        trained = sum(p.numel() * p.element_size() for p in model.parameters() if p.requires_grad)
        copies = _optimizer_copies(cfg.optim_wrapper.optimizer)
        state |= {'gradients': trained, 'optimizer': round(copies * trained)}
    return state


def _optimizer_copies(optimizer: dict) -> float:
    """Return how many numbers an optimizer keeps for each trained one."""
    parameter = nn.Parameter(torch.zeros(_SIDE, _SIDE))
    built = OPTIMIZERS.build(dict(optimizer, params=[parameter]))
    parameter.grad = torch.ones_like(parameter)
    built.step()
    kept = [t for t in built.state[parameter].values() if isinstance(t, Tensor) and t.ndim]
    return sum(t.numel() for t in kept) / parameter.numel()


def recipe_stages(path: str, options: RunOptions | None = None) -> list[Config]:
    """Return all stages of a recipe, finished ones too, earliest first.

    Args:
        path (str): the config, or its name.
        options (RunOptions, optional): as for ``train``. Defaults to None.
    """
    options = options or RunOptions()
    stages = [load_config(path, RunOptions(cfg_options=options.cfg_options))]
    while before := stage_before(stages[0]):
        changes = options.pretrain_cfg_options if len(stages) == 1 else None
        stages.insert(0, load_config(before, RunOptions(cfg_options=changes)))
    return stages


@dataclass
class RecipeCost:
    """What a recipe costs on paper, stage by stage, beside the paper's.

    paper: None where the paper has no recipe of the same data, classes and
    tower, or it is this one. failed: why nothing could be counted.
    """

    stages: list[StageCost] = field(default_factory=list)
    paper: list[StageCost] | None = None
    failed: str | None = None


def recipe_cost(
    path: str, options: RunOptions | None = None, size: int | None = None, num_gpus: int = 8
) -> RecipeCost:
    """Count what a recipe costs, all its stages, and the paper's beside it.

    Args:
        path (str): the config, or its name.
        options (RunOptions, optional): as for ``train``. Defaults to None.
        size (int, optional): see ``stage_cost``; of the paper's recipe too.
        num_gpus (int): likewise. Defaults to 8.
    """
    cost = RecipeCost()
    try:
        stages = recipe_stages(path, options)
        cost.stages = [stage_cost(cfg, size, num_gpus) for cfg in stages]
        name = paper_recipe(stages[-1])
        if name is not None:
            theirs = recipe_stages(name)
            if not {osp.realpath(c.filename) for c in stages} <= {
                osp.realpath(c.filename) for c in theirs
            }:
                cost.paper = [stage_cost(cfg, size, num_gpus) for cfg in theirs]
    except Exception as error:  # any part of a model of anyone
        cost.failed = f'{type(error).__name__}: {error}'
    return cost


def paper_recipe(cfg: Config) -> str | None:
    """Find the paper's recipe of the same data set, classes, tower and input size.

    Args:
        cfg (Config): of any stage.

    Returns:
        str | None: its name, such as 'vlltr_r50_imagenet_lt'.
    """
    identity = _identity(cfg)
    for name, path in list_configs().items() if identity else ():
        if name.startswith('vlltr_') and _identity(Config.fromfile(path)) == identity:
            return name
    return None


def _identity(cfg: Config) -> tuple | None:
    """Return what a recipe shares with the paper's; None where it cannot share it."""
    tower = cfg.model.get('backbone') or cfg.model.get('vision_backbone') or {}
    arch, data = tower.get('arch'), data_set_type(cfg)
    if not isinstance(arch, str) or data is None:
        return None
    return data, num_classes(cfg), re.sub('-quickgelu$', '', arch), tower.get('img_size')


@contextmanager
def quietly():
    """Silence the host's line per parameter, and its remarks on models that do not train."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
