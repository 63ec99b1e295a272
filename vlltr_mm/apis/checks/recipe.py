"""Check a config before a cluster runs it: a dry run on a CPU."""

import os.path as osp
import resource
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from ...datasets.corpus.gathering import gather_sentences
from ...datasets.corpus.text_corpus import corpus_classes
from ...engine.data import check_no_skipping
from ...models import CVLP, AnchorHead
from ...models.backbones.openclip.towers import is_pretrained_tag
from ...utils.model import build_model
from ..running.config import RunOptions, stage_inputs
from ..running.handover import class_problems, handover_problems, hands_over_only, is_training_free
from ..running.loaders import check_epoch
from ..running.stages import plan_stages
from .cost import cost_of_run
from .data import DataReport, check_data, data_roles
from .model import (
    check_counts,
    check_forward,
    check_metrics,
    check_queues,
    preprocessing_notes,
    stage1_memory,
    text_problems,
)
from .overlap import check_overlap
from .paper_cost import quietly
from .prior import check_prior
from .schedule import (
    ParamGroup,
    iters_per_epoch,
    schedule_problems,
    simulate_schedule,
    training_length,
)

_STATES = dict(SGD=(1, 'momentum'))  # what an optimizer keeps of each weight
_MOMENTS = (2, 'two AdamW moments')


@dataclass
class RecipeReport:
    """What a dry run of one config found.

    learning_rates: per epoch, that of each group in its first iteration; per
    iteration where ``unit``, what the training counts, is that. memory: what,
    in bytes, on each GPU. cost: GPU-hours, or why they are not known.
    """

    config: str
    data: list[DataReport] = field(default_factory=list)
    groups: list[ParamGroup] = field(default_factory=list)
    learning_rates: list[list[float]] = field(default_factory=list)
    unit: str = 'epoch'
    iters_per_epoch: int | None = None
    total_batch: int = 0
    params: dict[str, int] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    cost: str | None = None
    build_seconds: float = 0.0
    peak_bytes: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def collecting(self, what: str):
        """Note an exception as a problem and go on."""
        try:
            yield
        except Exception as error:  # whatever would have ended the run
            kind = '' if isinstance(error, (ValueError, OSError)) else f'{type(error).__name__}: '
            self.problems.append(f'{what}: {kind}{error}')


def check_recipe(
    path: str,
    options: RunOptions | None = None,
    num_gpus: int = 8,
    num_files: int | None = 2000,
    decode: bool = False,
) -> list[RecipeReport]:
    """Check a config, and before it the stages that it would run first.

    Args:
        path (str): the config file, or its name.
        options (RunOptions, optional): as for ``train``. Defaults to None.
        num_gpus (int): of the planned run. Defaults to 8.
        num_files (int, optional): image files of each data set that are
            looked at. Defaults to 2000. None looks at all.
        decode (bool): open all image files. Defaults to False.

    Returns:
        list[RecipeReport]: one per stage, in the order they would run; good
        where ``problems`` is empty.
    """
    try:
        stages = plan_stages(path, options or RunOptions())
    except ValueError as error:  # a stage that fits nothing ends the run here
        return [RecipeReport(path, problems=[str(error)])]
    before = [None, *stages[:-1]]
    return [
        _check_stage(cfg, previous, num_gpus, num_files, decode)
        for cfg, previous in zip(stages, before)
    ]


def _check_stage(
    cfg: Config, before: Config | None, num_gpus: int, num_files: int | None, decode: bool
) -> RecipeReport:
    """Check one config; ``before`` is the stage that is still to run."""
    report = RecipeReport(cfg.filename)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    roles = _check_data_sets(report, cfg, num_files, decode)
    trains = not is_training_free(cfg)
    steps = trains and not hands_over_only(cfg)
    if steps:
        _check_epoch(report, cfg, roles.get('train'), num_gpus)
    with report.collecting('model'):
        started = time.perf_counter()
        model = build_model(cfg)
        report.build_seconds = time.perf_counter() - started
        _check_weights(report, cfg, model)
        for found in {d.num_classes for d in report.data if d.num_classes}:
            report.problems += class_problems(cfg, found)
        with report.collecting('text'):
            report.problems += text_problems(cfg, model)
        report.notes += preprocessing_notes(model)
        _count(report, cfg, model, steps)
        if steps:
            with report.collecting('optimizer and schedule'), quietly():
                report.problems += schedule_problems(cfg)
                report.unit = training_length(cfg)[1]
                report.groups, report.learning_rates = simulate_schedule(
                    cfg, model, report.iters_per_epoch or 1
                )
            if report.iters_per_epoch and report.learning_rates:
                report.cost = cost_of_run(cfg, report.iters_per_epoch, num_gpus)
        train = roles.get('train') if trains else None
        if trains:
            with report.collecting('sampler'):
                report.notes += check_prior(model, cfg, train)
        with report.collecting('a batch'), quietly():
            width = (cfg.model.get('head') or {}).get('in_channels')
            check_forward(model, train, roles.get('val') or roles.get('test'), width)
            check_queues(model, report.total_batch or 1)
        report.notes += check_counts(model, train)
    if before is not None:
        report.problems += handover_problems(cfg, before)
    report.peak_bytes = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return report


def _check_data_sets(
    report: RecipeReport, cfg: Config, num_files: int | None, decode: bool
) -> dict[str, DataReport]:
    """Check each data set, and all together; return them by split."""
    preprocessor = cfg.get('data_preprocessor') or cfg.model.get('data_preprocessor') or {}
    found = []
    with report.collecting('data sets'):
        found = data_roles(cfg)
        check_no_skipping(cfg)
    for role, dataset in found:
        collate = (cfg.get(f'{role.split(",")[0]}_dataloader') or {}).get('collate_fn') or {}
        with report.collecting(f'{role} data'):
            report.data.append(
                check_data(
                    role,
                    dataset,
                    preprocessor,
                    num_files,
                    decode=decode,
                    collate_fn=collate.get('type', 'default_collate'),
                )
            )
    report.problems += check_overlap(report.data)
    for data in report.data:
        data.paths, data.labels = [], None  # long
    report.problems += [f'{d.name} data: {problem}' for d in report.data for problem in d.problems]
    roles = {role: data for data in report.data for role in data.name.split(', ')}
    with report.collecting('evaluation'):
        check_metrics(cfg, roles)
    data = roles.get('train') or roles.get('test')
    if data is not None:
        _check_hook_text(report, cfg, data.metainfo.get('classes'))
    return roles


def _check_hook_text(report: RecipeReport, cfg: Config, classes: Sequence[str] | None):
    """Read the text that hooks have beside that of the training set."""
    for hook in cfg.get('custom_hooks') or []:
        corpus = hook.get('corpus')
        if not isinstance(corpus, dict) or not corpus.get('sources'):
            continue
        with report.collecting(f'text of {hook.type}'):
            sentences, warning = gather_sentences(
                corpus_classes(corpus, classes),
                corpus['sources'],
                drop_repeated=corpus.get('drop_repeated', False),
            )
            report.notes += [warning] if warning else []
            report.notes.append(
                f'{hook.type} has {sum(map(len, sentences))} sentences of {len(sentences)} '
                f"classes, the first being '{sentences[0][0]}'."
            )


def _check_epoch(report: RecipeReport, cfg: Config, train: DataReport | None, num_gpus: int):
    """Count the iterations of an epoch; none is a problem."""
    loader = cfg.train_dataloader
    report.total_batch = loader.batch_size * num_gpus
    if train is None:
        return
    drawn = (loader.get('sampler') or {}).get('num_samples') or train.size
    report.iters_per_epoch = iters_per_epoch(drawn, loader, num_gpus)
    with report.collecting('train data'):
        check_epoch(report.iters_per_epoch, -(-drawn // num_gpus), loader.batch_size, num_gpus)


def _check_weights(report: RecipeReport, cfg: Config, model: nn.Module):
    """Load what is there; name what is not."""
    written_before = stage_inputs(cfg).values()
    for name, module in model.named_modules():
        key = 'anchors' if isinstance(module, AnchorHead) else 'pretrained'
        source = getattr(module, key, None)
        if name.startswith('teacher') or not isinstance(source, str):
            continue
        if source in written_before and not osp.isfile(source):
            report.notes.append(f'{source} is yet to be written by {cfg.pretrain_config}.')
        elif key == 'pretrained' and is_pretrained_tag(getattr(module, 'arch', {}), source):
            report.notes.append(
                f"{name} downloads the weights '{source}' where the cache has none."
            )
        else:
            with report.collecting(f'{name}.{key}'), quietly():
                module.init_weights()


def _count(report: RecipeReport, cfg: Config, model: nn.Module, trains: bool):
    """Count parameters, and the memory of weights, moments, anchors and activations."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad and trains)
    frozen = sum(p.numel() for p in model.parameters()) - trainable
    report.params = dict(trainable=trainable, frozen=frozen)
    optimizer = (cfg.get('optim_wrapper') or {}).get('optimizer') or {}
    states, named = _STATES.get(optimizer.get('type'), _MOMENTS)
    copies = 2 + states  # the weight and its gradient
    report.memory = {
        f'trained weights, gradients, {named} (float32)': 4 * copies * trainable,
        'frozen weights': 4 * frozen,
    }
    teacher = getattr(model, 'teacher', None)
    if teacher is not None:
        report.memory['teacher'] = _bytes(teacher)
    if trains and isinstance(model, CVLP):
        report.memory.update(stage1_memory(model, cfg.train_dataloader.batch_size))
    for module in model.modules():
        if isinstance(module, AnchorHead):
            own = sum(p.numel() for p in module.parameters())
            report.memory['the head, in the above'] = 4 * copies * own
            report.memory['anchors and what is derived from them'] = sum(
                b.numel() * b.element_size() for b in module.buffers()
            )


def _bytes(module: nn.Module) -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(t.numel() * t.element_size() for t in tensors)
