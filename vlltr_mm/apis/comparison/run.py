"""Train and test several configs over several seeds, side by side."""

import logging
import os.path as osp
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace

from mmengine.logging import print_log
from mmengine.runner.checkpoint import find_latest_checkpoint
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ...utils.locks import hold_folders
from ...utils.terminal_output import divert_output
from ..running.handover import is_training_free, stage_outputs
from ..running.stages import test, train
from .plan import Stage, check_plan, check_unchanged, claim, row_stages, seed_folder
from .protocol import Protocol, check_same_protocol, list_evaluators, read_protocol
from .records import PREDICTIONS_FILE, Comparison, Trouble, read_record, write_record

LOG_FILE = 'terminal.log'


class _Run:
    """One row with one seed, on its way to a record."""

    def __init__(self, name: str, config: str, seed: int, root: str, cfg_options: dict | None):
        self.name, self.seed = name, seed
        self.stages = row_stages(config, root, seed, cfg_options)
        self.record = read_record(name, seed, self.stages)
        self.protocol = self.record and self.record.protocol

    def prepare(self, protocols: dict[str, Protocol]):
        """Check the folders and find out how the row is tested.

        Args:
            protocols (dict[str, Protocol]): row name → protocol, of rows that
                were looked at before; this one is added.
        """
        if self.record is not None:
            return
        for stage in self.stages:
            if not stage.shared:
                check_unchanged(stage)
        if self.name not in protocols:  # reading lists takes its time
            protocols[self.name] = read_protocol(self.stages[-1].cfg)
        self.protocol = protocols[self.name]

    def execute(self, failed: dict[str, str]):
        """Train what is not trained, test and keep the record.

        Args:
            failed (dict[str, str]): folders of stages that failed before →
                why; a failing one is added.
        """
        started = time.perf_counter()
        for stage in self.stages:
            if stage.shared:
                continue  # train() of the next runs it where it is missing
            folder = stage.options.work_dir
            if folder in failed:
                raise RuntimeError(f'{folder}, which it builds on, failed: {failed[folder]}')
            claim(stage)
            finished = all(map(osp.isfile, stage_outputs(stage.cfg)))
            if finished and stage is not self.stages[-1]:
                continue
            try:
                train(stage.path, replace(stage.options, resume='auto'))
            except Exception as error:
                failed[folder] = describe(error)
                raise
        self._test(started)

    def _test(self, started: float):
        stage = self.stages[-1]
        checkpoint = None  # of what is not trained
        if not is_training_free(stage.cfg):
            checkpoint = find_latest_checkpoint(stage.options.work_dir)
        metrics = test(stage.path, checkpoint, _with_predictions(stage))
        seconds = time.perf_counter() - started
        write_record(self.name, self.seed, self.stages, self.protocol, metrics, seconds)
        self.record = read_record(self.name, self.seed, self.stages)


def _with_predictions(stage: Stage):
    """Let the test of a stage write its predictions too."""
    path = osp.join(stage.options.work_dir, PREDICTIONS_FILE)
    others = {
        key: value
        for key, value in stage.options.cfg_options.items()
        if key.split('.')[0] != 'test_evaluator'
    }
    evaluators = list_evaluators(stage.cfg)
    evaluators.append(dict(type='PredictionCSV', path=path))
    return replace(stage.options, cfg_options=dict(others, test_evaluator=evaluators))


def run_comparison(
    configs: dict[str, str], seeds: Sequence[int], root: str, cfg_options: dict | None = None
) -> Comparison:
    """Train and test every config with every seed; done ones are not redone.

    A half-done run goes on where it was cut off. A run that fails is noted,
    and the others go on. While they run, the terminal shows a progress bar;
    what the runners write there goes to ``terminal.log`` in ``root``.

    Args:
        configs (dict[str, str]): row name → config file.
        seeds (Sequence[int]): the seeds.
        root (str): the folder of all runs.
        cfg_options (dict, optional): settings that replace those of the
            configs, not of the stages before them. Defaults to None.

    Returns:
        Comparison: finished runs and failures.

    Raises:
        ValueError: if another comparison runs one of the seeds in ``root``,
            two runs would share a folder, or the runs are not all tested
            alike.
    """
    folders = [seed_folder(root, seed) for seed in seeds]
    with hold_folders(folders), divert_output(osp.join(root, LOG_FILE)) as terminal:
        console = Console(file=terminal)
        comparison = Comparison()
        runs = _plan(comparison, configs, seeds, root, cfg_options, prepare=True)
        check_same_protocol([(r.name, r.seed, r.protocol) for r in runs])
        done = len(comparison.failures) + sum(run.record is not None for run in runs)
        console.print(
            f'{len(configs) * len(seeds)} runs, {done} of them done '
            f'or refused; the log is {osp.join(root, LOG_FILE)}',
            soft_wrap=True,
        )
        with _progress(console) as progress:
            _execute(runs, progress, comparison, done)
    _gather(configs, runs, comparison)
    return comparison


def collect_comparison(
    configs: dict[str, str], seeds: Sequence[int], root: str, cfg_options: dict | None = None
) -> Comparison:
    """Gather the finished runs, and run nothing.

    Args:
        configs (dict[str, str]): row name → config file.
        seeds (Sequence[int]): the seeds.
        root (str): the folder of all runs.
        cfg_options (dict, optional): those that they were run with. Defaults
            to None.

    Returns:
        Comparison: finished, missing and refused runs.

    Raises:
        ValueError: see ``run_comparison``.
    """
    comparison = Comparison()
    runs = _plan(comparison, configs, seeds, root, cfg_options)
    finished = [run for run in runs if run.record is not None]
    comparison.missing = [
        Trouble(run.name, run.seed, f'not finished in {run.stages[-1].options.work_dir}')
        for run in runs
        if run.record is None
    ]
    check_same_protocol([(r.name, r.seed, r.protocol) for r in finished])
    _gather(configs, finished, comparison)
    return comparison


def _plan(
    comparison: Comparison,
    configs: dict[str, str],
    seeds: Sequence[int],
    root: str,
    cfg_options: dict | None,
    prepare: bool = False,
) -> list[_Run]:
    """Read configs and records, and find what can be refused before training.

    A run that cannot be used is noted in ``comparison``.
    """
    check_plan(configs, seeds)
    runs, protocols = [], {}
    for seed in seeds:
        for name, config in configs.items():
            try:
                run = _Run(name, config, seed, root, cfg_options)
                if prepare:
                    run.prepare(protocols)
                runs.append(run)
            except Exception as error:
                _note(comparison, name, seed, error)
                if prepare:
                    _log_traceback(name)
    return runs


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _execute(runs: list[_Run], progress: Progress, comparison: Comparison, done: int):
    """Run what has no record yet."""
    waiting = [run for run in runs if run.record is None]
    task = progress.add_task('runs', total=len(waiting) + done, completed=done)
    failed: dict[str, str] = {}
    for run in waiting:
        label = f'{escape(run.name)}, seed {run.seed}'
        progress.update(task, description=label)
        started = time.perf_counter()
        try:
            run.execute(failed)
            result = f'top1 {run.record.accuracy["top1"]:.1f}'
        except Exception as error:  # the other runs are not lost with it
            _note(comparison, run.name, run.seed, error)
            _log_traceback(label)
            result = '[red]failed[/]'
        progress.console.print(
            f'{label}: {result}, {time.perf_counter() - started:.0f} s',
            highlight=False,
            soft_wrap=True,
        )
        progress.advance(task)


def _note(comparison: Comparison, name: str, seed: int, error: Exception):
    comparison.failures.append(Trouble(name, seed, describe(error)))


def _log_traceback(label: str):
    """Keep the exception that is being handled in the log."""
    print_log(f'{label}:\n{traceback.format_exc()}', 'current', logging.ERROR)


def describe(error: Exception) -> str:
    """Describe an exception; with its type where that says something."""
    plain = isinstance(error, (ValueError, RuntimeError, FileNotFoundError))
    return str(error) if plain and str(error) else f'{type(error).__name__}: {error}'


def _gather(configs: dict[str, str], runs: list[_Run], comparison: Comparison):
    """Collect the records in the order of the rows."""
    for name in configs:
        records = [run.record for run in runs if run.name == name and run.record is not None]
        if records:
            comparison.runs[name] = records
