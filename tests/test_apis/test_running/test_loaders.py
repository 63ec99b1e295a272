"""Loaders without processes, and epochs without a batch."""

import pytest
from mmengine.runner import Runner
from tiny_runs import write_tiny_runs
from torch.utils.data import DataLoader

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.running.loaders import check_epoch

_LOADER = dict(dataset=[1, 2, 3], batch_size=2, sampler=dict(type='DefaultSampler', shuffle=False))


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / 'plain.py'
    path.write_text(
        'train_dataloader = dict(num_workers=2, persistent_workers=True, prefetch_factor=4,\n'
        "    multiprocessing_context='fork', timeout=9)\n"
        'val_dataloader = dict(num_workers=1, persistent_workers=False)\n'
        'test_dataloader = dict()\n'
    )
    return str(path)


def test_no_processes_and_what_belongs_to_them(plain):
    cfg = load_config(plain)
    assert cfg.train_dataloader.persistent_workers and cfg.train_dataloader.prefetch_factor == 4
    assert not cfg.val_dataloader.persistent_workers
    assert not cfg.test_dataloader.persistent_workers
    none = RunOptions(cfg_options={'train_dataloader.num_workers': 0})
    loader = load_config(plain, none).train_dataloader
    assert set(loader) == {'num_workers', 'persistent_workers', 'pin_memory', 'collate_fn'}
    built = Runner.build_dataloader(dict(loader, **_LOADER), seed=0)
    assert isinstance(built, DataLoader) and len(list(built)) == 2


def test_options_win_over_the_bases(plain):
    options = RunOptions(no_persistent_workers=True, no_pin_memory=True)
    loader = load_config(plain, options).train_dataloader
    assert not loader.persistent_workers and not loader.pin_memory


def test_every_shipped_config_can_do_without_processes():
    for name in ('vlltr_r50_imagenet_lt', 'cvlp_r50_inat18', 'demo/vlltr_tiny_shapes_lt'):
        loaders = ('train_dataloader', 'val_dataloader', 'test_dataloader')
        options = {f'{loader}.num_workers': 0 for loader in loaders}
        cfg = load_config(name, RunOptions(cfg_options=options))
        assert not any(cfg[loader].persistent_workers for loader in loaders)


@pytest.mark.parametrize('number', [-1, 1.5, 'two', None])
def test_the_number_of_processes_is_one(plain, number):
    options = RunOptions(cfg_options={'val_dataloader.num_workers': number})
    with pytest.raises(ValueError, match='val_dataloader.num_workers is .* in .*plain.py; give 0'):
        load_config(plain, options)


def test_an_epoch_has_a_batch():
    check_epoch(1, 5, 5, 1)
    with pytest.raises(
        ValueError, match=r'draws 23 images on each of 2 ranks, batch_size is 24, .*to 23 or less'
    ):
        check_epoch(0, 23, 24, 2)
    with pytest.raises(ValueError, match='draws no image; its data set or sampler is empty'):
        check_epoch(0, 0, 24, 2)


def test_a_batch_larger_than_the_data_set(tmp_path):
    stage1, _ = write_tiny_runs(tmp_path)
    options = RunOptions(cfg_options={'train_dataloader.batch_size': 46})
    message = (
        'draws 45 images on one rank, batch_size is 46, and drop_last=True leaves out a batch that '
        'is not full; set train_dataloader.batch_size to 45 or less, or train_dataloader.drop_last'
    )
    with pytest.raises(ValueError, match=message):
        apis.train(stage1, options)
