"""Runs of seconds with a network of branches on the tiny data, in a folder."""

import os.path as osp
import shutil
from types import SimpleNamespace

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from tiny_heads import head_config


@HOOKS.register_module(force=True)  # pytest imports this file by two names
class KeepLosses(Hook):
    """Keep the mean loss of each epoch."""

    def before_train(self, runner):
        self.losses, self._epoch = [], []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self._epoch.append(outputs['loss'].item())

    def after_train_epoch(self, runner):
        self.losses.append(sum(self._epoch) / len(self._epoch))
        self._epoch = []


def branch_config(root, model, epochs=4, **train_dataset):
    """Return the config of a model on the tiny data; ``train_dataset`` wraps the training set."""
    cfg = head_config(root, {}, [dict(type='KeepLosses')])
    content = cfg._cfg_dict.to_dict()
    content['model'] = model
    content['train_dataloader']['sampler'] = dict(type='DefaultSampler', shuffle=True)
    if train_dataset:
        inner = content['train_dataloader']['dataset']
        content['train_dataloader']['dataset'] = dict(train_dataset, dataset=inner)
    content['optim_wrapper'] = dict(
        type='OptimWrapper', optimizer=dict(type='SGD', lr=0.05, momentum=0.9)
    )
    content['param_scheduler'] = []
    content['train_cfg'] = dict(by_epoch=True, max_epochs=epochs, val_interval=epochs)
    content['default_hooks']['checkpoint']['max_keep_ckpts'] = -1
    return Config(content, filename=cfg.filename)


def train(cfg):
    """Train; return runner, state and the losses of the epochs."""
    runner = Runner.from_cfg(cfg)
    state = runner.train().state_dict()
    losses = next(hook.losses for hook in runner.hooks if type(hook).__name__ == 'KeepLosses')
    return SimpleNamespace(runner=runner, cfg=cfg, state=state, losses=losses)


def check_resume(cfg):
    """Train once whole and once resumed in the middle; return the whole run.

    They are the same to the last bit, with the images read by loader processes.
    """
    cfg.train_dataloader.update(num_workers=1)
    whole = train(cfg)
    half = Config(cfg._cfg_dict.to_dict(), filename=cfg.filename)
    half.load_from = osp.join(cfg.work_dir, f'epoch_{cfg.train_cfg.max_epochs // 2}.pth')
    half.resume, half.work_dir = True, f'{cfg.work_dir}_resumed'
    resumed = train(half)
    assert len(resumed.losses) == cfg.train_cfg.max_epochs // 2
    assert whole.losses[-len(resumed.losses) :] == resumed.losses
    assert all(torch.equal(value, resumed.state[key]) for key, value in whole.state.items())
    return whole


def check_tested_alone(whole):
    """Test the last checkpoint without the rest of its folder; return top1 in percent."""
    expected = whole.runner.test()['accuracy/top1']
    cfg = Config(whole.cfg._cfg_dict.to_dict(), filename=whole.cfg.filename)
    checkpoint = shutil.move(
        f'{cfg.work_dir}/epoch_{cfg.train_cfg.max_epochs}.pth', f'{cfg.work_dir}.pth'
    )
    shutil.rmtree(cfg.work_dir)
    cfg.train_dataloader = cfg.train_cfg = cfg.optim_wrapper = cfg.param_scheduler = None
    cfg.custom_hooks, cfg.work_dir = [], f'{cfg.work_dir}_test'
    cfg.load_from = osp.abspath(checkpoint)
    assert Runner.from_cfg(cfg).test()['accuracy/top1'] == expected
    return expected
