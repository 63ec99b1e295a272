"""Settings of the command line fit the config, or the error says why not."""

import pytest
from repo import REPO
from tiny_runs import write_tiny_runs

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.running.overrides import check_checkpoint

PLAIN = """
model = dict(type='A', head=dict(loss=None, topk=(1, 5)))
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(lr=1))
train_dataloader = dict(batch_size=8, num_workers=2)
custom_hooks = [dict(type='H'), dict(type='I')]
my_own = 3
"""


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / 'plain.py'
    path.write_text(PLAIN)
    return str(path)


def test_what_fits_is_merged(plain):
    options = {
        'my_own': 4,
        'custom_hooks.1.type': 'J',
        'model.head.new': 5,
        'val_dataloader.batch_size': 2,  # the config has none
        'randomness.seed': 3,
        'experiment_name': 'x',
        'row_name': 'y',
        'train_dataloader._delete_': True,
        'train_dataloader.batch_size': 3,
    }
    cfg = load_config(plain, RunOptions(cfg_options=options))
    assert (cfg.my_own, cfg.custom_hooks[1].type, cfg.model.head.new) == (4, 'J', 5)
    assert cfg.randomness.seed == 3
    assert cfg.train_dataloader.batch_size == 3 and 'num_workers' not in cfg.train_dataloader


@pytest.mark.parametrize(
    'options, message',
    [
        ({'train_dataloder.batch_size': 1}, "has no 'train_dataloder'.*is 'train_dataloader' mea"),
        ({'zzz': 1}, "has no 'zzz', so that it would change nothing; correct the name"),
        ({'custom_hooks.2.type': 'J'}, "custom_hooks is a list of 2 in .*'2' must be an index fr"),
        ({'custom_hooks.type': 'J'}, "'type' must be an index from 0 to 1"),
        ({'custom_hooks.-1.type': 'J'}, "'-1' must be an index from 0 to 1"),
        ({'my_own.size': 1}, "my_own is 3 in .*plain.py and has no 'size'; set my_own itself"),
        ({'model.head.loss.type': 'L'}, "model.head.loss is None in .* and has no 'type'"),
        ({'model..type': 'B'}, "'model..type' has an empty part"),
        ({'': 'B'}, "'' has an empty part"),
        ({'model.head': 1, 'model.head.topk': 2}, "sets 'model.head' and, inside it, 'model.head"),
        ({'pretrain_work_dir': 'x'}, 'use --pretrain-work-dir'),
    ],
)
def test_what_does_not_fit_says_where(plain, options, message):
    with pytest.raises(ValueError, match=message):
        load_config(plain, RunOptions(cfg_options=options))


@pytest.mark.parametrize('base', ['None', '0', '-4', "'many'"])
def test_scaling_needs_a_base_batch_size(plain, base):
    with open(plain, 'a') as file:
        file.write(f'auto_scale_lr = dict(base_batch_size={base}, enable=False)\n')
    assert not load_config(plain).auto_scale_lr.enable
    with pytest.raises(ValueError, match=r'base_batch_size is .*; add auto_scale_lr = dict\(base'):
        load_config(plain, RunOptions(auto_scale_lr=True))


def test_scaling_where_the_config_says_nothing(plain):
    with pytest.raises(ValueError, match='plain.py cannot be scaled: .* is None; add auto_scale'):
        load_config(plain, RunOptions(auto_scale_lr=True))
    given = {'auto_scale_lr.base_batch_size': 64}
    cfg = load_config(plain, RunOptions(auto_scale_lr=True, cfg_options=given))
    assert cfg.auto_scale_lr == dict(enable=True, base_batch_size=64)


def test_scaling_of_the_shipped_configs():
    options = RunOptions(auto_scale_lr=True)
    assert load_config('vlltr_r50_imagenet_lt', options).auto_scale_lr.enable
    with pytest.raises(ValueError, match='vlltr_tiny_shapes_lt.py cannot be scaled'):
        load_config('demo/vlltr_tiny_shapes_lt', options)
    load_config('zeroshot_r50_imagenet_lt', options)  # trains nothing


def test_a_checkpoint_to_resume_from_is_there(plain, tmp_path, monkeypatch):
    (tmp_path / 'a.pth').touch()
    monkeypatch.setenv('HOME', str(tmp_path))
    cfg = load_config(plain, RunOptions(resume='~/a.pth'))
    assert cfg.resume and cfg.load_from == str(tmp_path / 'a.pth')
    assert load_config(plain, RunOptions(resume='auto')).load_from is None
    assert load_config(plain, RunOptions(resume='s3://a/b.pth')).load_from == 's3://a/b.pth'
    with pytest.raises(FileNotFoundError, match="'none.pth' does not exist; name the checkpoint"):
        load_config(plain, RunOptions(resume='none.pth'))
    with pytest.raises(FileNotFoundError, match='is a folder; name the checkpoint file to test'):
        check_checkpoint(str(REPO), 'to test')


def test_what_cannot_be_written_or_read_is_refused_first(tmp_path):
    """Also the folder of the second stage, before the first one runs."""
    _, stage2 = write_tiny_runs(tmp_path)
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match="file/x' cannot be made or written in: .*/file is a file"):
        apis.train(stage2, RunOptions(work_dir=str(tmp_path / 'file/x')))
    with pytest.raises(FileNotFoundError, match=r"none.pth' does not exist; name the .* to test"):
        apis.test(stage2, str(tmp_path / 'none.pth'))
    assert not (tmp_path / 'runs').exists()
