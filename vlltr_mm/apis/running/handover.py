"""What a stage leaves for the next one, and whether that fits."""

import os.path as osp
from collections.abc import Sequence

import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS

from ...datasets import TextCorpus
from ...datasets.text_corpus_dataset import corpus_config, image_set_config
from ...engine.class_records import record_of_checkpoint, record_of_dataset
from ...models.backbones.openclip.towers import clip_config
from ...models.backbones.openclip.tuning import check_tuner
from ...structures import AnchorSet, ClassRecord
from ...structures.left_out import KEY
from ...utils.checkpoint import load_checkpoint_file
from ...utils.model import build_model
from ...utils.warn_once import warn_all
from ...utils.weights_digest import state_digest
from ..anchors import is_selection
from .config import path_inside, stage_inputs

_TEXT_TOWER = 'text_backbone.'


def is_training_free(cfg: Config) -> bool:
    """Return whether a config only tests: its weights come from elsewhere."""
    return cfg.get('train_cfg') is None


def hands_over_only(cfg: Config) -> bool:
    """Return whether a config runs for its hooks alone: no epoch is trained."""
    train_cfg = cfg.get('train_cfg')
    lengths = ('max_epochs', 'max_iters')
    return train_cfg is not None and 0 in [train_cfg.get(key) for key in lengths]


def last_checkpoint(cfg: Config) -> str | None:
    """Return the checkpoint of the last epoch, or iteration; None where nothing is trained."""
    for key, name in (('max_epochs', 'epoch'), ('max_iters', 'iter')):
        last = (cfg.get('train_cfg') or {}).get(key)
        if last:
            return osp.join(cfg.work_dir, f'{name}_{last}.pth')
    return None


def _anchor_hooks(cfg: Config) -> dict[str, dict]:
    """Map the file that each ``AnSSHook`` writes to the hook's config."""
    hooks = [] if is_training_free(cfg) else cfg.get('custom_hooks') or []
    return {
        osp.join(cfg.work_dir, hook.get('out_file', 'anchors.safetensors')): hook
        for hook in hooks
        if is_selection(hook)
    }


def stage_outputs(cfg: Config) -> list[str]:
    """List what a stage writes for the next one; it is finished when all of it exists.

    Args:
        cfg (Config): of the stage, with ``work_dir``.

    Returns:
        list[str]: the checkpoint of the last epoch, or iteration, and the
        anchors of each ``AnSSHook``; none where nothing is trained.
    """
    checkpoint = last_checkpoint(cfg)
    return ([checkpoint] if checkpoint else []) + list(_anchor_hooks(cfg))


def check_inputs(cfg: Config, before: Config):
    """Check that each file that a config reads is there or will be written.

    Args:
        cfg (Config): of a stage.
        before (Config): of the stage before it.

    Raises:
        ValueError: naming the first that neither exists nor is written.
    """
    written = [path_inside(file, before.work_dir) for file in stage_outputs(before)]
    for key, file in stage_inputs(cfg).items():
        if path_inside(file, cfg.pretrain_work_dir) not in written and not osp.isfile(file):
            raise ValueError(
                f'{key} of {cfg.filename} is {file}, which neither exists nor is written by '
                f'{before.filename}: that writes {", ".join(written) or "nothing"}. Correct the '
                'name or max_epochs; other anchors are made by tools/select_anchors.py.'
            )


def handover_problems(cfg: Config, before: Config) -> list[str]:
    """Compare the tower and head of a stage with what the stage before will write.

    Args:
        cfg (Config): of a stage.
        before (Config): of the stage before it, which is yet to run.

    Returns:
        list[str]: what does not fit.
    """
    head = cfg.model.get('head') or {}
    problems = _tuner_problems(cfg, before)
    tower = before.model.get('vision_backbone') or {}
    if not head.get('anchors') or path_inside(head.anchors, cfg.pretrain_work_dir) is None:
        return problems
    dims = clip_config(tower.arch)['embed_dim'] if tower.get('arch') else tower.get('embed_dims')
    if dims:
        wanted = head.get('embed_dims') or head.get('in_channels')
        if dims != wanted:
            problems.append(
                f'model.head of {cfg.filename} takes {wanted}-d anchors, but {before.filename} '
                f'makes {dims}-d ones; correct in_channels or embed_dims.'
            )
    for file, hook in _anchor_hooks(before).items():
        if path_inside(file, before.work_dir) != path_inside(head.anchors, cfg.pretrain_work_dir):
            continue
        chosen = (hook.get('selector') or {}).get('num_anchors', 64)
        if chosen > head.get('num_anchors', 64):
            problems.append(
                f'{before.filename} selects {chosen} anchors a class, model.head of '
                f'{cfg.filename} takes {head.get("num_anchors", 64)}; make them agree.'
            )
    return problems


def _tuner_problems(cfg: Config, before: Config) -> list[str]:
    """Compare what is tuned of the tower that a stage starts from."""
    made, taken = before.model.get('vision_backbone') or {}, cfg.model.get('backbone') or {}
    starts = taken.get('pretrained')
    if not made.get('tuner') or not starts or path_inside(starts, cfg.pretrain_work_dir) is None:
        return []
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    with torch.device('meta'):
        tuners = [getattr(MODELS.build(tower), 'tuner', None) for tower in (made, taken)]
    try:
        check_tuner(tuners[1], tuners[0].state_dict(), f'what {before.filename} writes')
    except ValueError as error:
        return [f'model.backbone of {cfg.filename}: {error}']
    return []


def class_problems(cfg: Config, num_classes: int) -> list[str]:
    """Compare the numbers of classes in a config with that of its data."""
    head = cfg.model.get('head') or {}
    preprocessor = cfg.get('data_preprocessor') or cfg.model.get('data_preprocessor') or {}
    owners = {
        'model.head': head,
        'model.head.loss': head.get('loss') or {},
        'data_preprocessor': preprocessor,
    }
    return [
        f'{owner}.num_classes of {cfg.filename} is {part["num_classes"]}, but the data has '
        f'{num_classes} classes; make them agree.'
        for owner, part in owners.items()
        if part.get('num_classes') not in (None, num_classes)
    ]


def check_plan(stages: Sequence[Config]):
    """Find what a later stage would fail at before an earlier one runs.

    Args:
        stages (Sequence[Config]): those that have to run, in order.

    Raises:
        ValueError: if a stage does not fit its data or the stage before it.
    """
    problems = []
    for before, cfg in zip(stages, stages[1:]):
        problems += handover_problems(cfg, before)
        here = data_record(cfg)
        problems += class_problems(cfg, len(here.classes)) if here else []
    if problems:
        raise ValueError(' '.join(problems))
    for cfg in stages[1:]:
        build_model(cfg)  # raises where an argument does not fit


def data_record(cfg: Config) -> ClassRecord | None:
    """Return the class record of a config's training set, or test set; None without classes."""
    loader = cfg.get('train_dataloader') or cfg.get('test_dataloader') or {}
    dataset = loader.get('dataset')
    if not dataset:
        return None
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    images = image_set_config(dataset)
    kind = DATASETS.get(images['type']) if isinstance(images['type'], str) else images['type']
    if isinstance(kind, type) and issubclass(kind, BaseDataset):
        images = dict(images, lazy_init=True)  # its images are not needed
    return record_of_dataset(DATASETS.build(images))


def check_outputs(cfg: Config, before: Config):
    """Check that what a stage wrote belongs to the data, the text and one another.

    Args:
        cfg (Config): of the stage that reads it.
        before (Config): of the stage before it; what it has not written is
            left out.

    Raises:
        ValueError: if classes, text or weights are others.
    """
    checkpoint = _read_checkpoint(before)
    hooks = {path: hook for path, hook in _anchor_hooks(before).items() if osp.isfile(path)}
    anchors = {path: AnchorSet.load_record(path) for path in hooks}
    made = dict(anchors)
    # A starting point stands for weights that others trained, on whatever classes.
    if checkpoint is not None and not before.get('starting_point'):
        made[last_checkpoint(before)] = record_of_checkpoint(checkpoint, last_checkpoint(before))
    here, said = data_record(cfg), set()
    for path, record in made.items():
        if here is not None and record is not None:
            said.update(record.check_classes(here, path, f'the training set of {cfg.filename}'))
    for path, record in anchors.items():
        _check_text(record, path, before, hooks[path].get('corpus'))
        _check_tower(record, path, before, checkpoint)
    warn_all(said)


def _read_checkpoint(cfg: Config) -> dict | None:
    """Read the last checkpoint of a stage, its tensors only when they are used."""
    path = last_checkpoint(cfg)
    return load_checkpoint_file(path, mmap=True) if path and osp.isfile(path) else None


def _check_text(record: ClassRecord, path: str, cfg: Config, corpus: dict | None):
    """Compare the text of anchors with that of their hook, by default the training set's."""
    corpus = corpus or corpus_config((cfg.get('train_dataloader') or {}).get('dataset') or {})
    if corpus is None or record.corpus is None:
        return
    try:
        found = TextCorpus.from_cfg(corpus, corpus.get('classes') or record.classes).fingerprint
    except (FileNotFoundError, ModuleNotFoundError) as error:  # also of its tokenizer
        print_log(f'The text that {path} was made of is not compared: {error}', 'current')
        return
    if found != record.corpus:
        raise ValueError(
            f'{path} was made of other text than the corpus of {cfg.filename} has now (or of '
            'classes of other names). Bring that text back, or name another --pretrain-work-dir '
            'to run the stage with this text.'
        )


def _check_tower(record: ClassRecord, path: str, cfg: Config, checkpoint: dict | None):
    """Compare the weights that embedded anchors with those beside them."""
    state = (checkpoint or {}).get('state_dict') or {}
    if f'{_TEXT_TOWER}{KEY}' in state:
        MODELS.build(cfg.model.text_backbone).fill_left_out(state, _TEXT_TOWER)
    tower = {
        key[len(_TEXT_TOWER) :]: value
        for key, value in state.items()
        if key.startswith(_TEXT_TOWER)
    }
    if tower and record.tower is not None and record.tower != state_digest(tower):
        raise ValueError(
            f'{path} is of other weights than {last_checkpoint(cfg)} beside it, as where a run '
            'was cut off before it wrote its anchors. Delete the anchors and give --resume, or '
            'make them with tools/select_anchors.py.'
        )
