"""Add classes to a checkpoint by their text."""

import os
import os.path as osp
from dataclasses import dataclass, replace

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from torch import Tensor, nn

from ...engine.class_records import record_of_dataset
from ...engine.data import check_no_test_images, open_images
from ...engine.text_tower import find_tokenizer, load_text_encoder
from ...evaluation.functional.new_class_offset import largest_offset
from ...structures import ClassRecord
from ...utils.files import open_whole
from ...utils.validation import check_number
from ...utils.whole_path import whole_path
from ...version import __version__
from ..inference.loading import load_classifier
from ..running.config import RunOptions, load_config, stage_before
from .extending import check_head, embed_classes, extend_model, extended_settings
from .reading import read_new_classes

_REMEDY = (
    'Name a list of held-out images, with --cfg-options val_dataloader.dataset.ann_file=LIST, or '
    'give --offset.'
)


@dataclass(frozen=True)
class AddedClasses:
    """What ``add_classes`` wrote.

    checkpoint, config: the files. anchors: name → how many anchors it got.
    offset: γ of the new classes.
    """

    checkpoint: str
    config: str
    anchors: dict[str, int]
    offset: float


def add_classes(
    config: str,
    checkpoint: str,
    names: str,
    out: str,
    text_checkpoint: str,
    text_config: str | None = None,
    offset: float = 0.0,
    budget: float | None = None,
    cfg_options: dict | None = None,
) -> AddedClasses:
    """Write a checkpoint of stage 2 that knows more classes, and its config.

    Args:
        config (str): the config file, or a name that ``find_config`` knows.
        checkpoint (str): of that config, with ``LGRHead`` or
            ``AdditiveLGRHead``.
        names (str): the JSON file, see ``read_new_classes``.
        out (str): the ``.pth`` to write; the config comes beside it, of the
            same name, and inherits ``config``.
        text_checkpoint (str): of stage 1, whose text tower embedded the
            anchors.
        text_config (str, optional): of stage 1. Defaults to None, the
            ``pretrain_config`` of the config.
        offset (float): γ, added to the language logits of the new classes.
            Defaults to 0.0.
        budget (float, optional): chooses γ instead: the largest that costs at
            most so many percent of the validation images, which are of the
            old classes; see ``largest_offset``. Defaults to None.
        cfg_options (dict, optional): settings that replace those of the
            config. Those of the model are not written. Defaults to None.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is not what it must be, a name is taken, or the
            validation images cannot be used.
    """
    _check_out(out, config, checkpoint, offset)
    cfg = load_config(config, RunOptions(cfg_options=cfg_options))
    model, record = load_classifier(cfg, checkpoint)
    check_head(model.head)
    record = _known_classes(record, model.head, checkpoint)
    text_cfg = stage_1_config(cfg, text_config)
    classes = read_new_classes(names, record.classes, find_tokenizer(text_cfg).is_blank)
    images = None if budget is None else _validation_images(cfg, record)
    encoder = load_text_encoder(text_cfg, text_checkpoint, model.head)
    added = embed_classes(encoder, classes, model.head.anchor_feats.shape[1])
    _, extended = extend_model(cfg, model, added, offset)
    if budget is not None:
        logits, labels = _logits_of(extended, images, cfg)
        offset = largest_offset(logits, labels, len(classes), budget)
        _, extended = extend_model(cfg, model, added, offset)
    written = _write_config(out, cfg, model.head, len(classes))
    _write_checkpoint(out, extended, record, list(classes), checkpoint, offset)
    anchors = {name: len(own) for name, own in zip(added.names, added.sentences)}
    return AddedClasses(out, written, anchors, offset)


def _check_out(out: str, config: str, checkpoint: str, offset: float):
    """Refuse files that cannot be written, before anything is read."""
    check_number(offset, 'offset')
    if not out.endswith('.pth'):
        raise ValueError(f"out is '{out}'; give a file that ends in .pth.")
    for path, other in ((out, checkpoint), (_config_path(out), config)):
        if osp.exists(path) and osp.exists(other) and osp.samefile(path, other):
            raise ValueError(f"'{path}' is what the classes are added to; give another out.")


def _config_path(out: str) -> str:
    return f'{osp.splitext(out)[0]}.py'


def _known_classes(record: ClassRecord | None, head: nn.Module, path: str) -> ClassRecord:
    """Return the classes of a checkpoint, by which new ones are told from old ones."""
    record = record or (head.anchor_record and head.anchor_record.made_for)
    if record is None:
        raise ValueError(
            f'{path} does not name its classes, as those of version 0.1, so that nothing tells '
            'whether a class is new; train stage 2 again.'
        )
    if len(record.classes) != head.num_classes:
        raise ValueError(
            f'{path} names {len(record.classes)} classes, its head has {head.num_classes}.'
        )
    return record


def stage_1_config(cfg: Config, given: str | None) -> Config:
    """Read the config of stage 1, given or the ``pretrain_config`` of stage 2.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if there is none to read.
    """
    path = given or stage_before(cfg)
    if path is None:
        raise ValueError(
            f'{cfg.filename} names no pretrain_config; give the stage-1 config (--text-config).'
        )
    return load_config(path)


def _validation_images(cfg: Config, record: ClassRecord):
    """Open the images that the offset is chosen on; never the test's."""
    if not cfg.get('val_dataloader'):
        raise ValueError(
            f'{cfg.filename} has no val_dataloader, and so no images to choose the offset on; give '
            '--offset instead.'
        )
    dataset = open_images(cfg.val_dataloader.dataset)
    here = record_of_dataset(dataset)
    if here is not None:
        trained = len(here.classes)
        old = replace(record, classes=record.classes[:trained], class_counts=None)
        old.check_classes(here, 'the checkpoint', 'val_dataloader')
    check_no_test_images(dataset, cfg, _REMEDY)
    return dataset


@torch.no_grad()
def _logits_of(model: nn.Module, images, cfg: Config) -> tuple[Tensor, Tensor]:
    """Return logits (N, C) and labels (N,) of images."""
    loader = Runner.build_dataloader(dict(cfg.val_dataloader, dataset=images))
    logits, labels = [], []
    for batch in loader:
        data = model.data_preprocessor(batch, False)
        logits.append(model.head(model.extract_feat(data['inputs'])))
        labels.append(torch.cat([sample.gt_label for sample in data['data_samples']]))
    return torch.cat(logits), torch.cat(labels)


def _write_config(out: str, cfg: Config, head: nn.Module, number: int) -> str:
    """Write the config that inherits the given one; return its file."""
    path = _config_path(out)
    base = osp.relpath(cfg.filename, osp.dirname(osp.abspath(path)))
    settings = extended_settings(cfg, head, number)
    lines = [
        f'# {osp.basename(cfg.filename)} with {number} classes that were added by text, for '
        f'{osp.basename(out)}.',
        f'_base_ = {base.replace(os.sep, "/")!r}',
        *(f'{key} = {value!r}' for key, value in settings.items()),
    ]
    with open_whole(path) as file:
        file.writelines(f'{line}\n' for line in lines)
    return path


def _write_checkpoint(
    out: str, model: nn.Module, record: ClassRecord, names: list[str], source: str, offset: float
):
    """Write weights, and whose classes they are."""
    record = record.extended(names)
    dataset_meta = dict(classes=record.classes)
    if record.class_counts is not None:
        dataset_meta['class_counts'] = record.class_counts
    meta = dict(
        class_record=record.to_meta(),
        dataset_meta=dataset_meta,
        vlltr_mm_version=__version__,
        added_classes=dict(names=names, offset=offset, to=osp.basename(source)),
    )
    with whole_path(out) as temporary:
        torch.save(dict(meta=meta, state_dict=model.state_dict()), temporary)
