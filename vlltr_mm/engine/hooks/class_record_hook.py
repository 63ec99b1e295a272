"""Checkpoints say what they were trained on, and are compared with where they are loaded."""

import logging
import os.path as osp

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmpretrain.registry import HOOKS
from torch import nn

from ...datasets.text_corpus_dataset import find_corpus
from ...models import AnchorHead
from ...models.heads.anchor_record import RECORD_KEYS, AnchorRecord
from ...structures import AnchorSet, ClassRecord
from ...utils.model import unwrap_model
from ...utils.warn_once import warn_all
from ..class_records import compare_data_sets, record_of_checkpoint, record_of_dataset
from ..encoding import check_text_fits
from ..light_checkpoints import complete_checkpoint
from ..loading import check_finite, check_keys, state_dict_of


@HOOKS.register_module()
class ClassRecordHook(Hook):
    """Write a class record into checkpoints; refuse those that do not belong.

    A checkpoint gets the class names in order and the training counts, as
    ``meta.class_record`` (``ClassRecord``). One that is loaded, resumed from
    or tested is compared: other classes, or the same in another order, are an
    error, as are weights that are not finite and a file without any weight of
    the model. A bare state dict has no record but that of its anchors.

    Args:
        complete (bool): whether every weight of the model must be in the
            checkpoint, in its shape. Resumed runs always need that. Defaults
            to False, as a config may start from a part; ``tools/test.py``
            sets it to True.
    """

    # After hooks that exchange weights of the checkpoint.
    priority = 'VERY_LOW'

    def __init__(self, complete: bool = False):
        self.complete = complete

    def before_train(self, runner):
        """Compare the classes of validation and training, text and text tower.

        Raises:
            ValueError: if classes differ in number or order, or the text
                tower reads other tokens.
        """
        corpus = find_corpus(runner.train_dataloader.dataset)
        text_backbone = getattr(unwrap_model(runner.model), 'text_backbone', None)
        if corpus is not None and text_backbone is not None:
            check_text_fits(text_backbone, corpus)
        if runner.val_loop is not None:
            compare_data_sets(
                runner.val_dataloader.dataset, runner.train_dataloader.dataset, 'val_dataloader'
            )

    def before_save_checkpoint(self, runner, checkpoint: dict):
        """Add the record of the training set."""
        record = record_of_dataset(runner.train_dataloader.dataset)
        if record is not None:
            checkpoint['meta']['class_record'] = record.to_meta()

    def after_load_checkpoint(self, runner, checkpoint: dict):
        """Compare a checkpoint with model and data, before its weights are taken.

        A light one is completed first.

        Raises:
            FileNotFoundError: if a file that a light one needs is missing.
            ValueError: if it does not belong to them.
        """
        name = runner.cfg.get('load_from') or f'The last checkpoint in {runner.work_dir}'
        model = unwrap_model(runner.model)
        complete_checkpoint(checkpoint, model, name)
        state = state_dict_of(checkpoint)
        check_finite(state, name, model)
        _check_anchors(state, name, model)
        resumes = bool(runner.cfg.get('resume'))
        check_keys(state, name, model, self.complete or resumes)
        _compare_classes(runner, checkpoint, state, name)


def _check_anchors(state: dict, name: str, model: nn.Module):
    """Say where the anchors of a checkpoint are not those that the config names.

    Raises:
        ValueError: if they are of another number or width.
    """
    for prefix, head in model.named_modules():
        feats = state.get(f'{prefix}.anchor_feats')
        if not isinstance(head, AnchorHead) or feats is None:
            continue
        if feats.shape != head.anchor_feats.shape:
            raise ValueError(
                f'{name} has anchors {tuple(feats.shape)}, {prefix} takes '
                f'{tuple(head.anchor_feats.shape)} (classes, anchors, width); set num_anchors='
                f'{feats.shape[1]} for this checkpoint, or train with the other anchors.'
            )
        named = head.anchors
        if named is not None and osp.isfile(named) and not _holds(named, feats):
            print_log(
                f'The anchors of {name} are used, not those of {prefix}.anchors={named}, '
                'which are others; to use these, train with them.',
                'current',
                level=logging.WARNING,
            )


def _holds(path: str, feats: torch.Tensor) -> bool:
    """Tell whether a file has these anchors (C, M, D), perhaps without the padding."""
    try:
        chosen = AnchorSet.load(path).feats
    except ValueError:  # a damaged file, which is not needed
        return False
    if chosen.shape[::2] != feats.shape[::2] or chosen.shape[1] > feats.shape[1]:
        return False
    own = torch.zeros_like(feats)
    own[:, : chosen.shape[1]] = chosen
    return torch.equal(own, feats)


def _compare_classes(runner, checkpoint: dict, state: dict, name: str):
    """Compare what a checkpoint was trained on with the data set that a loop runs on."""
    meta = runner.visualizer.dataset_meta or {}
    if meta.get('classes') is None:
        return
    here = ClassRecord(meta['classes'], meta.get('class_counts'))
    made = {name: record_of_checkpoint(checkpoint, name)}
    for key in state:
        if key.endswith(RECORD_KEYS[0]):
            anchors = AnchorRecord.read(state, key.removesuffix(RECORD_KEYS[0]))
            made[f'{name}, {key},'] = anchors.made_for
    said = set()
    for owner, record in made.items():
        if record is not None:
            said.update(record.check_classes(here, owner, 'the data set'))
    warn_all(said)
