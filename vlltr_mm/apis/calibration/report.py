"""Tell what was chosen, and how it is tested."""

import os.path as osp
import shlex

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...structures import BranchLogits
from ...utils.files import write_csv
from .choosing import Calibration

_COLUMNS = ('balanced', 'top1', 'many', 'medium', 'few')


def print_calibration(found: Calibration, logits: BranchLogits, console: Console):
    """Print the table of the settings, the best in bold.

    Args:
        found (Calibration): of the logits.
        logits (BranchLogits): what it was chosen on.
        console (Console): where to.
    """
    counts = logits.labels.bincount(minlength=len(logits.record.classes))
    low, high = int(counts.min()), int(counts.max())
    spread = f'{low}' if low == high else f'{low} to {high}'
    console.print(
        f'{len(logits.labels)} images of {escape(logits.meta["split"])}, {spread} per class; '
        'every class counts alike.',
        highlight=False,
        soft_wrap=True,
    )
    console.print(_caption(found, logits), highlight=False, soft_wrap=True)
    table = Table()
    table.add_column('setting', no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify='right', no_wrap=True)
    for index, (setting, accuracy) in enumerate(zip(found.settings, found.accuracy)):
        values = [f'{accuracy[column]:.2f}' for column in _COLUMNS]
        table.add_row(setting.name, *values, style='bold' if index == found.best else None)
    console.print(table)


def _caption(found: Calibration, logits: BranchLogits) -> str:
    """Say what the accuracies are of, and what they are not."""
    what = 'Accuracy in percent'
    if logits.meta['seen_in_training']:
        what += ' on training images'
        if logits.visual is not None:
            what += ', of the text score alone: the visual branch knows them, w stays'
    if found.folds > 1:
        return f'{what}; each of {found.folds} folds judged by what is chosen on the others'
    return f'{what}; judged on the images that it is chosen on, so it looks better than it is'


def write_calibration(found: Calibration, folder: str) -> dict[str, str]:
    """Write the prior, and the accuracies of every weight.

    Args:
        found (Calibration): what was found.
        folder (str): where to; it is made.

    Returns:
        dict[str, str]: 'prior' and, where a weight was chosen, 'curve': the
        files.
    """
    files = dict(prior=osp.join(folder, 'text_prior.safetensors'))
    found.prior.save(files['prior'])
    rows = [
        dict(prior_taken_off=int(setting.log_prior is not None), **row)
        for setting in found.settings
        for row in setting.curve
    ]
    if rows:
        files['curve'] = osp.join(folder, 'visual_weight.csv')
        write_csv(files['curve'], rows[0], [row.values() for row in rows])
    return files


def command_to_test(found: Calibration, logits: BranchLogits, files: dict[str, str]) -> str:
    """Return the command that tests the best setting.

    Args:
        found (Calibration): what was found.
        logits (BranchLogits): what it was chosen on.
        files (dict[str, str]): what ``write_calibration`` returned.
    """
    best, meta = found.settings[found.best], logits.meta
    options = dict(meta['cfg_options'])
    if best.chosen:
        options['model.head.visual_weight'] = best.visual_weight
    if best.log_prior is not None:
        options['model.head.text_prior'] = files['prior']
    words = ['python', 'tools/test.py', meta['config'], *filter(None, [meta['checkpoint']])]
    if options:
        values = (f'{key}={_without_space(value)}' for key, value in options.items())
        words += ['--cfg-options', *values]
    return shlex.join(words)


def _without_space(value) -> str:
    """Write a value as the command line reads it."""
    return value if isinstance(value, str) else repr(value).replace(' ', '')
