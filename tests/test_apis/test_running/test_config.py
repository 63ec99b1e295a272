"""Which file a config's name stands for, and what the command line does to it."""

import shutil

import pytest
from repo import REPO

from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.running import config, find_config
from vlltr_mm.apis.running.config import stage_before

CE = str(REPO / 'configs/baselines/ce/ce_r50_imagenet_lt.py')


def test_a_file_is_taken_as_it_is(tmp_path, monkeypatch):
    own = tmp_path / 'ce_r50_imagenet_lt.py'
    own.touch()
    assert find_config(str(own)) == str(own)
    monkeypatch.chdir(tmp_path)
    assert find_config(own.name) == own.name
    assert find_config(own.name, str(tmp_path)) == str(own)
    assert find_config('ce_r50_imagenet_lt') == CE  # no file


@pytest.mark.parametrize(
    'name',
    [
        'ce_r50_imagenet_lt',
        'ce_r50_imagenet_lt.py',
        'baselines/ce/ce_r50_imagenet_lt',
        'configs/baselines/ce/ce_r50_imagenet_lt.py',
        'configs/baselines/ce_r50_imagenet_lt.py',  # where version 0.1 had it
        '../ce/ce_r50_imagenet_lt.py',  # a pretrain_config, inherited by a file elsewhere
    ],
)
def test_names_are_looked_up_in_the_checkout(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == CE


def test_an_installed_package_has_its_own(tmp_path, monkeypatch):
    packed = tmp_path / '.mim/configs'
    shutil.copytree(REPO / 'configs', packed)
    monkeypatch.setattr(config, '_ROOTS', (tmp_path / 'configs', packed))
    assert find_config('ce_r50_imagenet_lt') == str(packed / 'baselines/ce/ce_r50_imagenet_lt.py')
    (tmp_path / 'configs').mkdir()  # somebody else's
    assert find_config('ce_r50_imagenet_lt').startswith(str(packed))


@pytest.mark.parametrize(
    'name, message',
    [
        ('cw_r50_imagenet_lt', "no file 'cw_r50_imagenet_lt'.*close ones are ce_r50_imagenet_lt"),
        ('configs/vltr_r50_inat18.py', 'close ones are vlltr_r50_inat18'),
        ('mine/ce_r50_imagenet_lt.py', 'close ones are ce_r50_imagenet_lt'),
        ('/none/ce_r50_imagenet_lt.py', "no file '/none/ce_r50"),
        ('_base_/datasets/imagenet_lt', 'no config of that name'),
        ('', 'no config of that name; see configs/README.md'),
    ],
)
def test_unknown_names(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=message):
        find_config(name)


def test_a_config_of_ones_own_inherits_the_stage_before(tmp_path):
    own = tmp_path / 'own.py'
    own.write_text(f"_base_ = '{REPO}/configs/vlltr_r50_places_lt.py'\n")
    cfg = load_config(str(own))
    assert cfg.pretrain_work_dir == 'work_dirs/cvlp_r50_places_lt'
    assert stage_before(cfg) == str(REPO / 'configs/cvlp_r50_places_lt.py')


def test_loader_options(tmp_path):
    path = tmp_path / 'plain.py'
    path.write_text('train_dataloader = dict(num_workers=2)\ntest_dataloader = dict()\n')
    cfg = load_config(str(path), RunOptions(no_pin_memory=True))
    assert cfg.train_dataloader.persistent_workers
    assert not cfg.test_dataloader.persistent_workers
    assert not cfg.train_dataloader.pin_memory
    assert cfg.train_dataloader.collate_fn.type == 'default_collate'


def test_work_dir_follows_the_file_name(tmp_path):
    path = tmp_path / 'plain.py'
    path.write_text("model = dict(type='A')\n")
    assert load_config(str(path), RunOptions()).work_dir == 'work_dirs/plain'
