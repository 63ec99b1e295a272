"""Checkpoints that are whole, of which the last is there at any moment."""

import hashlib
import io
import logging
import os
import os.path as osp
import re
import shutil

import torch
from mmengine.dist import is_main_process, master_only
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.logging import print_log
from mmengine.runner import EpochBasedTrainLoop
from mmengine.runner.checkpoint import CheckpointLoader
from mmpretrain.registry import HOOKS

from ...utils.files import open_whole
from ...utils.model import unwrap_model
from ...utils.whole_path import remove_leftovers, whole_path
from ..light_checkpoints import LightForm

_BACKEND = 'vlltr_mm.whole_files'
_OUTDATED, _VALIDATED = 'outdated_checkpoints', 'validated_step'  # in the message hub


@register_backend(_BACKEND)
class _WholeFiles(LocalBackend):
    """MMEngine's local files, but written whole, and noted where it would remove them."""

    def __init__(self):
        self.outdated = []

    def put(self, obj: bytes, filepath: str):
        """Write a file whole or not at all."""
        with whole_path(filepath) as temporary, open(temporary, 'wb') as file:
            file.write(obj)

    def remove(self, filepath: str):
        """Note a file that is to go once the one that replaces it is there."""
        self.outdated.append(filepath)

    def rmtree(self, dir_path: str):
        """Note a folder, as ``remove`` does."""
        self.outdated.append(dir_path)


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """Save checkpoints so that a kill or a full disk never costs a whole one.

    The arguments are those of MMEngine's ``CheckpointHook``. That removes the
    former checkpoint and then writes the new one in its place, byte by byte;
    here the new one is written under another name in the same folder, synced
    and renamed, ``last_checkpoint`` is replaced at once, and only then the
    former one goes, as does the former best one. What a killed run left is
    removed when it is resumed: only temporary names of ours, and checkpoints
    that the file names as outdated. Nothing outside the folder of the
    checkpoints is ever removed, whatever a file that is resumed from says.

    The checkpoint of an epoch is written before its validation. A run that was
    cut off in between makes up for that validation when it is resumed, so that
    the best checkpoint, schedules and logs are those of an unbroken run.

    Where checkpoints go to a remote storage, all of this is MMEngine's.

    Args:
        *args: of MMEngine's ``CheckpointHook``.
        trained_only (bool): leave out what ``LightForm`` leaves out: frozen
            weights and anchors that files have. Whoever loads such a
            checkpoint needs these files. Defaults to False, whole checkpoints.
        **kwargs: of MMEngine's ``CheckpointHook``.
    """

    _files: _WholeFiles | None = None  # of a run that trains into a local folder
    _light: LightForm | None = None

    def __init__(self, *args, trained_only: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.trained_only = trained_only

    def before_train(self, runner):
        """Prepare the folder; remove what a killed run left in it."""
        info = runner.message_hub.runtime_info
        if 'keep_ckpt_ids' in info:
            runner.message_hub.update_info('keep_ckpt_ids', _plain_ids(info['keep_ckpt_ids']))
        super().before_train(runner)
        self._confine_best()
        self._files = None
        if self.file_client_args is None and type(self.file_backend) is LocalBackend:
            self._files = self.file_backend = _WholeFiles()
            self.backend_args = dict(backend=_BACKEND)
            os.makedirs(self.out_dir, exist_ok=True)
            if is_main_process():
                self._clean(runner)
        if self.trained_only and is_main_process():
            self._light = LightForm(unwrap_model(runner.model))
            print_log(str(self._light), 'current', level=self._light.level)
        if runner._resume and runner._has_loaded:
            self._make_up_validation(runner)

    def before_save_checkpoint(self, runner, checkpoint: dict):
        """Leave out what files have, where that is asked for."""
        if self._light is not None:
            self._light.leave_out(checkpoint)

    def _save_checkpoint_with_step(self, runner, step: int, meta: dict):
        """Save, and then remove what is outdated; MMEngine has it the other way round."""
        if self._files is None:
            super()._save_checkpoint_with_step(runner, step, meta)
            return
        hub, name = runner.message_hub, self.filename_tmpl.format(step)
        if self.max_keep_ckpts > 0 and step not in list(self.keep_ckpt_ids)[-1:]:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                former = self.filename_tmpl.format(self.keep_ckpt_ids.popleft())
                self._files.outdated.append(osp.join(self.out_dir, former))
            self.keep_ckpt_ids.append(step)
            hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        self.last_ckpt = osp.join(self.out_dir, name)
        hub.update_info('last_ckpt', self.last_ckpt)
        hub.update_info(_OUTDATED, [osp.relpath(p, self.out_dir) for p in self._files.outdated])
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            with open_whole(osp.join(runner.work_dir, 'last_checkpoint')) as file:
                file.write(self.last_ckpt)
        self._remove_outdated()

    def _save_best_checkpoint(self, runner, metrics: dict):
        """Save the best one; the former goes when the new one is there."""
        runner.message_hub.update_info(_VALIDATED, _step(runner))
        super()._save_best_checkpoint(runner, metrics)
        if self._files is not None:
            self._remove_outdated()

    @master_only
    def _publish_model(self, runner, ckpt_path: str):
        """Write the published keys of a checkpoint, as MMEngine does, but whole."""
        if self._files is None:
            super()._publish_model(runner, ckpt_path)
            return
        checkpoint = CheckpointLoader.load_checkpoint(ckpt_path, map_location='cpu')
        kept = {key: value for key, value in checkpoint.items() if key in self.published_keys}
        content = io.BytesIO()
        torch.save(kept, content)
        digest = hashlib.sha256(content.getbuffer()).hexdigest()
        path = f'{osp.splitext(ckpt_path)[0]}-{digest[:8]}.pth'
        self._files.put(content.getvalue(), path)
        print_log(f'The checkpoint ({ckpt_path}) is published to {path}.', 'current')

    def _remove_outdated(self):
        """Remove what was replaced; never what is in use, or was not named by this hook."""
        best = self._best()
        used = [self.last_ckpt, *best.values()]
        paths, self._files.outdated = self._files.outdated, []
        for path in paths:
            if is_main_process() and path not in used and self._is_ours(path):
                _remove(path)

    def _is_ours(self, path: str) -> bool:
        """Tell whether a path is that of a checkpoint of this hook in its folder."""
        parts = map(re.escape, re.split(r'\{[^}]*\}', self.filename_tmpl))
        step = r'\d+'.join(parts)
        best = rf'best_[^/\\]*_{step.replace("/", "_")}'
        return bool(re.fullmatch(f'{step}|{best}', osp.relpath(path, self.out_dir)))

    def _best(self) -> dict:
        """Return the best checkpoints, by metric; None is the only one's."""
        if self.save_best is None:
            return {}
        several = len(self.key_indicators) > 1
        return dict(self.best_ckpt_path_dict) if several else {None: self.best_ckpt_path}

    def _confine_best(self):
        """Look for the best checkpoints in this folder alone.

        A file names them by their paths: of a folder that was moved, of the
        one that it was copied from, or any other.
        """
        for metric, path in self._best().items():
            own = None
            if isinstance(path, str):
                own = osp.join(self.out_dir, re.split(r'[/\\]', path)[-1])
                own = own if self._is_ours(own) else None
            if path is not None and own is None:
                print_log(
                    f'The checkpoint names {path!r} as the best one, which is none of '
                    f'{self.out_dir}; it is left alone.',
                    'current',
                    level=logging.WARNING,
                )
            if metric is None:
                self.best_ckpt_path = own
            else:
                self.best_ckpt_path_dict[metric] = own

    def _clean(self, runner):
        """Remove temporary files, and checkpoints that were to go when the run was killed."""
        for folder in {osp.realpath(self.out_dir), osp.realpath(runner.work_dir)}:
            remove_leftovers(folder)
        names = runner.message_hub.runtime_info.get(_OUTDATED)
        if not runner._resume or not isinstance(names, list):
            return
        ids = getattr(self, 'keep_ckpt_ids', ())
        used = {osp.join(self.out_dir, self.filename_tmpl.format(step)) for step in ids}
        used.update(path for path in self._best().values() if path)
        for name in names:
            path = osp.join(self.out_dir, name) if isinstance(name, str) else self.out_dir
            if path not in used and self._is_ours(path) and osp.lexists(path):
                print_log(f'Removing {path}, which a killed run left.', 'current')
                _remove(path)

    def _make_up_validation(self, runner):
        """Validate where the resumed run was cut off before it had done so."""
        loop, step = runner.train_loop, _step(runner)
        if runner.val_loop is None or step < loop.val_begin:
            return
        last = step == (loop.max_epochs if _by_epoch(runner) else loop.max_iters)
        done = runner.message_hub.runtime_info.get(_VALIDATED) == step
        if not done and (last or step % loop.val_interval == 0):
            runner.logger.info(f'Making up for the validation of {step}, which was cut off.')
            # As they are after the last iteration, not before the next one.
            runner.message_hub.update_info('iter', runner.iter - 1)
            if _by_epoch(runner):
                runner.message_hub.update_info('epoch', runner.epoch - 1)
            runner.val_loop.run()


def _by_epoch(runner) -> bool:
    return isinstance(runner.train_loop, EpochBasedTrainLoop)


def _step(runner) -> int:
    """Return the epochs that are done, or the iterations where the loop counts those."""
    return runner.epoch if _by_epoch(runner) else runner.iter


def _plain_ids(ids) -> list[int]:
    """Return the epochs or iterations of kept checkpoints; drop what else a file names."""
    if isinstance(ids, list) and all(type(step) is int and step >= 0 for step in ids):
        return ids
    print_log(
        'The checkpoint names others to be kept by something else than epochs or iterations; '
        'none of them will be removed.',
        'current',
        level=logging.WARNING,
    )
    return []


def _remove(path: str):
    """Remove a file, or the folder that some strategies write instead, if it is there."""
    if osp.isdir(path) and not osp.islink(path):
        shutil.rmtree(path)
    elif osp.lexists(path):
        os.remove(path)
