"""Add a finished run to the metafile, and pack what shows where it comes from."""

import io
import json
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from vlltr_mm.apis.comparison.plan import flatten, resolve, row_stages
from vlltr_mm.apis.comparison.protocol import list_evaluators
from vlltr_mm.apis.comparison.records import METRICS_FILE, read_accuracy, total_epochs
from vlltr_mm.apis.running import RunOptions, load_config, test
from vlltr_mm.utils.files import parse_json, read_bytes, read_json, write_json
from vlltr_mm.utils.validation import check_mapping, check_number
from vlltr_mm.utils.whole_path import whole_path

from .metafile import METRICS, Metafile
from .reading import check_facts
from .work_folder import WorkFolder, current_commit, describe_file, open_work_folder

TESTED_FILE = 'tested.json'  # what we tested ourselves, for another try
RESULT_FILE = 'result.json'
_MOST_FACTS = 2**20  # characters
# What zipfile raises on an archive that is damaged, encrypted, or packed in another way.
_NO_PACK = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError)
# Where the data lie and how they are read moves no number.
_NOT_TOLD = (
    'collate_fn.type',
    'data_root',
    'features_digest',
    'load_from',
    'model_wrapper_cfg.device_ids',
    'model_wrapper_cfg.type',
    'num_workers',
    'persistent_workers',
    'pin_memory',
    'randomness.seed',
)


def add_folder(
    path: str,
    metafile: Metafile,
    config: str | None = None,
    checkpoint: str | None = None,
    commit: str | None = None,
    command: str | None = None,
    replace_old: bool = False,
    options: RunOptions | None = None,
) -> tuple[dict, str]:
    """Add the run in a work folder, testing it where that was not done.

    The accuracy is that of ``metrics.json``, where a comparison ran in the
    folder, or else of a test of the last checkpoint.

    Args:
        path (str): the work folder.
        metafile (Metafile): gets the run; not saved here.
        config (str, optional): which config, where the folder has several.
            Defaults to None.
        checkpoint (str, optional): to test another than the last one. Defaults
            to None.
        commit (str, optional): of the code that ran. Defaults to None, the
            one that is checked out.
        command (str, optional): how it was run. Defaults to None, not said.
        replace_old (bool): whether a result of another commit may go.
            Defaults to False.
        options (RunOptions, optional): how to test. Defaults to None.

    Returns:
        tuple[dict, str]: the result over all seeds, and the ``.zip`` of the
        run in the work folder.

    Raises:
        FileNotFoundError: if the folder, its config or a checkpoint is missing.
        ValueError: if the config is not listed, has a result of another
            commit, or the test gives no accuracy.
    """
    folder = open_work_folder(path, config, checkpoint)
    recipe = metafile.configs.parent / metafile.find(folder.name)['Config']
    ended = folder.checkpoint and folder.checkpoint.stat().st_mtime
    commit = commit or current_commit(metafile.configs.parent, ended)
    metafile.check_free(folder.name, commit, replace_old)
    if folder.seed is None:
        raise ValueError(f'{folder.path} tells no seed; keep its logs in it.')
    run = _facts(folder, recipe, _metrics(folder, options or RunOptions()))
    epochs = total_epochs(row_stages(str(recipe), '', folder.seed))
    common = dict(Epochs=epochs, Commit=commit, Command=command)
    result = metafile.add_run(folder.name, run, common, replace_old)
    pack = folder.path / f'{folder.name}_seed{folder.seed}_{commit}.zip'
    _pack(folder, str(pack), dict(config=folder.name, run=run, common=common))
    return result, str(pack)


def _facts(folder: WorkFolder, recipe: Path, metrics: dict[str, float]) -> dict:
    """Collect what is of this seed alone, as far as the folder tells it."""
    run = dict(
        Seed=folder.seed,
        Metrics=metrics,
        Hardware=folder.hardware,
        Hours={stage.name: stage.hours for stage in folder.stages if stage.hours is not None},
        Log=str(folder.logs[-1].relative_to(folder.path.parent)) if folder.logs else None,
        Checkpoint=folder.checkpoint and describe_file(folder.checkpoint),
        Changed=changed_settings(folder, recipe),
    )
    return {key: value for key, value in run.items() if value not in (None, {})}


def _metrics(folder: WorkFolder, options: RunOptions) -> dict[str, float]:
    """Return the accuracies of a folder by MIM's names, percent."""
    kept = folder.path / METRICS_FILE
    if kept.is_file():
        record = read_json(str(kept), 'the record of a comparison')
        accuracy = read_accuracy(record, str(kept))
        found = {f'accuracy/{key}': value for key, value in accuracy.items()}
    else:
        found = _test(folder, options)
    values = {name: found.get(f'accuracy/{key}') for key, name in METRICS.items()}
    if values[METRICS['top1']] is None:
        raise ValueError(
            f'The test of {folder.name} gives {sorted(found)}, but no accuracy/top1; results are '
            'kept of configs that are tested with ClassSplitAccuracy.'
        )
    # write_json writes nan as null.
    real = {name: v for name, v in values.items() if v is not None and v == v}
    return {
        name: round(check_number(value, f'{folder.path}, {name}', 0, 100), 4)
        for name, value in real.items()
    }


def _test(folder: WorkFolder, options: RunOptions) -> dict[str, float]:
    """Test the checkpoint of a folder, once."""
    tested = folder.path / TESTED_FILE
    of = folder.checkpoint and describe_file(folder.checkpoint)
    if tested.is_file():
        what = 'the test of a checkpoint'
        kept = check_mapping(read_json(str(tested), what), str(tested), ('of', 'metrics'))
        if kept['of'] == of:
            return check_mapping(kept['metrics'], f'{tested}, metrics')
    options = replace(options, work_dir=str(folder.path), cfg_options=None)
    checkpoint = folder.checkpoint and str(folder.checkpoint)
    metrics = test(str(folder.config), checkpoint, options)
    write_json(str(tested), dict(of=of, metrics=metrics))
    return metrics


def changed_settings(folder: WorkFolder, recipe: Path) -> dict:
    """Return what the run set otherwise than its config, data paths left out."""
    options = RunOptions(
        work_dir=folder.cfg.work_dir,
        launcher=folder.cfg.get('launcher', 'none'),
        pretrain_work_dir=folder.cfg.get('pretrain_work_dir'),
    )
    recipe_cfg, cfg = load_config(str(recipe), options), folder.cfg.copy()
    if 'features_digest' in cfg:  # where stored features lie moves no number
        recipe_cfg.features_digest = cfg.features_digest
    # What a comparison adds, see PREDICTIONS_FILE.
    metrics = [metric for metric in list_evaluators(cfg) if metric['type'] != 'PredictionCSV']
    if metrics:
        cfg.test_evaluator = metrics[0] if len(metrics) == 1 else metrics
    said, ran = (flatten(resolve(config, None)) for config in (recipe_cfg, cfg))
    return {
        key: ran.get(key)
        for key in sorted({*said, *ran})
        if ran.get(key) != said.get(key) and not key.endswith(_NOT_TOLD)
    }


def _pack(folder: WorkFolder, path: str, facts: dict):
    """Write logs, configs, metrics and the facts, but no checkpoint, to a .zip."""
    with whole_path(path) as temporary, zipfile.ZipFile(temporary, 'w', 8) as pack:
        pack.writestr(RESULT_FILE, json.dumps(facts, indent=2))
        for stage in folder.stages:
            names = (METRICS_FILE, TESTED_FILE, 'resolved_config.json')
            extra = [stage.path / name for name in names if (stage.path / name).is_file()]
            for file in (stage.config, *stage.logs, *extra):
                pack.write(file, Path(stage.path.resolve().name) / file.relative_to(stage.path))


def add_pack(path: str, metafile: Metafile, replace_old: bool = False) -> dict:
    """Add a run that somebody sent.

    Args:
        path (str): the ``.zip``; only ``result.json`` in it is read.
        metafile (Metafile): gets the run; not saved here.
        replace_old (bool): whether a result of another commit may go.
            Defaults to False.

    Returns:
        dict: the result over all seeds.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no pack of ours, or see ``Metafile.check_free``.
    """
    what = 'a pack that `results.py add` wrote'
    packed = io.BytesIO(read_bytes(path, what))
    try:
        with zipfile.ZipFile(packed) as pack, pack.open(RESULT_FILE) as file:
            text = file.read(_MOST_FACTS + 1).decode('utf-8')
        if len(text) > _MOST_FACTS:
            raise ValueError(f'{RESULT_FILE} has over {_MOST_FACTS} characters')
    except _NO_PACK as error:
        raise ValueError(f'{path} is no pack that `results.py add` wrote ({error}).') from error
    facts = parse_json(text, path, what)
    check_facts(facts, path)
    return metafile.add_run(facts['config'], facts['run'], facts['common'], replace_old)
