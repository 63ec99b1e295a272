"""Which file a config's name stands for, and what the command line does to it."""

import shutil

import pytest
from repo import REPO

from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.running import find_config
from vlltr_mm.apis.running.config import stage_before, stage_inputs
from vlltr_mm.utils import config_files

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
    monkeypatch.setattr(config_files, '_ROOTS', (tmp_path / 'configs', packed))
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


def test_work_dir_follows_the_file_name(tmp_path):
    path = tmp_path / 'plain.py'
    path.write_text("model = dict(type='A')\n")
    assert load_config(str(path), RunOptions()).work_dir == 'work_dirs/plain'


_SPELLINGS = ['work_dirs/one', './work_dirs/one', 'work_dirs//one/', 'work_dirs/two/../one']


@pytest.mark.parametrize('written', [*_SPELLINGS, '{cwd}/work_dirs/one', '~/work_dirs/one/'])
@pytest.mark.parametrize('read', [*_SPELLINGS, '{cwd}/work_dirs/one', '~/work_dirs/one', '{link}'])
def test_a_folder_is_one_however_it_is_written(tmp_path, monkeypatch, written, read):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('HOME', str(tmp_path))
    (tmp_path / 'work_dirs/one').mkdir(parents=True)
    (tmp_path / 'link').symlink_to(tmp_path / 'work_dirs/one')
    written, read = (path.format(cwd=tmp_path, link=tmp_path / 'link') for path in (written, read))
    other = f'{read.rstrip("/")}-more/x'
    (tmp_path / 'one.py').write_text(f"model = dict(type='A')\nwork_dir = '{written}'\n")
    (tmp_path / 'two.py').write_text(
        "pretrain_config = 'one.py'\n"
        f"model = dict(type='A', anchors='{read}/sub/anchors.safetensors',\n"
        f"    other='{other}', name='one')\n"
    )
    cfg = load_config('two.py')
    folder = load_config('one.py').work_dir
    assert folder in ('work_dirs/one', f'{tmp_path}/work_dirs/one')
    assert stage_inputs(cfg) == {'model.anchors': f'{folder}/sub/anchors.safetensors'}
    assert cfg.pretrain_work_dir == folder and cfg.model.other == other
    moved = load_config('two.py', RunOptions(pretrain_work_dir='./else//where/'))
    assert moved.model.anchors == 'else/where/sub/anchors.safetensors'
    assert moved.pretrain_work_dir == 'else/where'


@pytest.mark.parametrize('given', ['./a//b/', 'a/b', 'a/c/../b'])
def test_work_dirs_are_written_in_one_way(tmp_path, given):
    path = tmp_path / 'plain.py'
    path.write_text("model = dict(type='A')\n")
    assert load_config(str(path), RunOptions(work_dir=given)).work_dir == 'a/b'
    options = RunOptions(cfg_options=dict(work_dir=given))
    assert load_config(str(path), options).work_dir == 'a/b'
