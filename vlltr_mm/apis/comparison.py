"""Train and test several configs over several seeds, side by side."""
import os.path as osp
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Dict, List, Sequence

import mmengine
from mmengine.config import Config
from mmengine.runner.checkpoint import find_latest_checkpoint
from rich.console import Console
from rich.table import Table

from .stages import RunOptions, test, train

COLUMNS = ('top1', 'many', 'medium', 'few')


def seed_options(config: str, root: str, seed: int) -> RunOptions:
    """Say where one seed of one config runs.

    The stage before runs with the same seed in the seed's own folder, unless
    its config says ``starting_point = True``: such a stage stands for weights
    that one would download, and is the same for all seeds and configs.

    Args:
        config (str): the config file.
        root (str): the folder of all seeds.
        seed (int): the seed.

    Returns:
        RunOptions: for ``train`` and ``test``.
    """
    folder = osp.join(root, f'seed{seed}')
    chosen = {'randomness.seed': seed}
    options = RunOptions(
        work_dir=osp.join(folder, Path(config).stem), cfg_options=chosen)
    before = Config.fromfile(config).get('pretrain_config')
    if before is None:
        return options
    before = osp.join(osp.dirname(config), before)
    if Config.fromfile(before).get('starting_point'):
        return options
    return replace(
        options,
        pretrain_work_dir=osp.join(folder, Path(before).stem),
        pretrain_cfg_options=chosen)


def run_comparison(configs: Dict[str, str],
                   seeds: Sequence[int],
                   root: str,
                   metric: str = 'accuracy') -> Dict[str, List[dict]]:
    """Train and test every config with every seed; done ones are not redone.

    Args:
        configs (dict[str, str]): row name → config file.
        seeds (Sequence[int]): the seeds.
        root (str): the folder of all runs; ``results.json`` goes there too.
        metric (str): the metrics' prefix. Defaults to 'accuracy'.

    Returns:
        dict[str, list[dict]]: row name → one dict of ``COLUMNS``, in percent,
        per seed.
    """
    results = {name: [] for name in configs}
    for seed in seeds:
        for name, config in configs.items():
            options = seed_options(config, root, seed)
            done = osp.join(options.work_dir, 'metrics.json')
            if not osp.isfile(done):
                train(config, options)
                checkpoint = find_latest_checkpoint(options.work_dir)
                mmengine.dump(test(config, checkpoint, options), done)
            metrics = mmengine.load(done)
            results[name].append(
                {column: metrics[f'{metric}/{column}']
                 for column in COLUMNS})
    mmengine.dump(
        dict(configs=configs, seeds=list(seeds), results=results),
        osp.join(root, 'results.json'),
        indent=2)
    return results


def print_comparison(results: Dict[str, List[dict]]):
    """Print one row per config: mean, and deviation over several seeds.

    Args:
        results (dict[str, list[dict]]): what ``run_comparison`` gives.
    """
    seeds = max(len(runs) for runs in results.values())
    table = Table(title=f'Accuracy in percent, test set, {seeds} seed(s)')
    table.add_column('')
    for column in COLUMNS:
        table.add_column(column, justify='right')
    for name, runs in results.items():
        values = [[run[column] for run in runs] for column in COLUMNS]
        table.add_row(name, *(_cell(column) for column in values))
    Console().print(table)


def _cell(values: Sequence[float]) -> str:
    """Format a mean, and the sample deviation where there is one."""
    if len(values) == 1:
        return f'{values[0]:.1f}'
    return f'{mean(values):.1f} ± {stdev(values):.1f}'
