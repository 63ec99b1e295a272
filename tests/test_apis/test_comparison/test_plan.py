"""Names, folders and digests of a comparison."""

import math

import pytest
from comparison_runs import write_configs
from mmengine.config import Config
from repo import REPO

from vlltr_mm.apis.comparison import row_names, seed_options
from vlltr_mm.apis.comparison.plan import check_plan, resolve, row_stages
from vlltr_mm.apis.comparison.records import total_epochs


def test_rows_are_named_by_key_or_file(tmp_path):
    paths = write_configs(tmp_path)
    assert row_names([paths['first'], paths['plain']]) == {
        'First': paths['first'],
        'plain': paths['plain'],
    }


def test_rows_may_be_given_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    demo = REPO / 'configs/demo'
    rows = row_names(['zeroshot_tiny-clip_shapes_lt', 'vlltr_tiny_shapes_lt'])
    assert rows == {
        'Zero-shot CLIP': str(demo / 'baselines/zeroshot_tiny-clip_shapes_lt.py'),
        'vlltr_tiny_shapes_lt': str(demo / 'vlltr_tiny_shapes_lt.py'),
    }
    stages = row_stages('vlltr_tiny_shapes_lt', 'root', 0)
    assert [stage.path for stage in stages] == [
        str(demo / 'cvlp_tiny_shapes_lt.py'),
        str(demo / 'vlltr_tiny_shapes_lt.py'),
    ]


@pytest.mark.parametrize(
    'value, message',
    [("'plain'", "row name 'plain' occurs twice"), ("' '", 'row_name is'), ('3', 'row_name is 3')],
)
def test_bad_row_names(tmp_path, value, message):
    paths = write_configs(tmp_path)
    with open(paths['second'], 'a') as file:
        file.write(f'row_name = {value}\n')
    with pytest.raises(ValueError, match=message):
        row_names([paths['plain'], paths['second']])


def test_shared_folders_are_refused():
    with pytest.raises(ValueError, match="file name 'a' occurs twice"):
        check_plan(dict(x='one/a.py', y='two/a.py'), [0])
    with pytest.raises(ValueError, match='seed 1 occurs twice; give each'):
        check_plan(dict(x='a.py'), [1, 0, 1])
    with pytest.raises(ValueError, match='1 configs and 0 seeds'):
        check_plan(dict(x='a.py'), [])


@pytest.mark.parametrize('key', ['randomness', 'randomness.seed', 'work_dir', 'pretrain_work_dir'])
def test_cfg_options_leave_seed_and_folder_alone(tmp_path, key):
    paths = write_configs(tmp_path)
    with pytest.raises(ValueError, match=f"'{key}'.*leave it out"):
        seed_options(paths['plain'], 'root', 0, {key: 1})


def test_stages_in_order_in_their_folders(tmp_path):
    paths = write_configs(tmp_path)
    clip, stage1, first = row_stages(paths['first'], 'root', 2)
    assert clip.shared and not stage1.shared and not first.shared
    assert clip.cfg.work_dir == f'{tmp_path}/clip'
    assert clip.cfg.get('randomness') is None  # no seed of ours
    assert stage1.cfg.work_dir == 'root/seed2/stage1'
    assert first.cfg.model.weights == 'root/seed2/stage1/epoch_7.pth'
    assert stage1.cfg.randomness.seed == first.cfg.randomness.seed == 2
    assert total_epochs([clip, stage1, first]) == 0 + 7 + 3
    assert total_epochs(row_stages(paths['free'], 'root', 0)) == 0
    with open(paths['stage1'], 'a') as file:
        file.write('train_cfg = dict(by_epoch=False, max_iters=9)\n')
    assert total_epochs(row_stages(paths['first'], 'root', 2)) is None


def digest(root, name='first', seed=0, extra='', config=None):
    paths = write_configs(root)
    with open(paths[config or name], 'a') as file:
        file.write(extra)
    return row_stages(paths[name], str(root / 'runs'), seed)[-1].digest


def test_digest_sees_what_shapes_the_result(tmp_path, monkeypatch):
    def fresh():
        fresh.count = getattr(fresh, 'count', 0) + 1
        monkeypatch.setattr('comparison_runs.write_data', lambda _: None)
        folder = tmp_path / str(fresh.count)
        folder.mkdir()
        return folder

    # The starting point and the data of these are in folders of their own,
    # which shape the result; keep them out of the comparison.
    same = "model = dict(weights='w')\npretrain_config = None\ntest_dataloader = None\n"
    base = digest(fresh(), extra=same)
    assert len(base) == 64
    for extra in (
        "work_dir = 'x'\n",
        "row_name = 'x'\n",
        "visualizer = dict(type='x')\n",
        "log_level = 'x'\n",
        "pretrain_work_dir = 'x'\n",
    ):
        assert digest(fresh(), extra=same + extra) == base
    for extra in (
        'optim_wrapper = dict(lr=1)\n',
        'train_cfg = None\n',
        'test_evaluator = None\n',
        'load_from = "x"\n',
    ):
        assert digest(fresh(), extra=same + extra) != base
    assert digest(fresh(), seed=1, extra=same) != base


def test_resolved_config_is_plain_json():
    cfg = Config(
        dict(
            b=(1, 2.5, None, True, math.inf),
            model=dict(file='runs/s/stage1/a.pth', near='runs/s/stage10/a'),
            hooks=[dict(cache_dir='x', type=dict)],
            # What every run has, whether its config names it or not.
            default_hooks=dict(sampling_prior=dict(type='SamplingPriorHook')),
            pretrain_work_dir='runs/s/stage1',
            work_dir='w',
        )
    )
    assert resolve(cfg, 'abc') == dict(
        b=[1, 2.5, None, True, 'inf'],
        model=dict(file='stage_before/a.pth', near='runs/s/stage10/a'),
        hooks=[dict(type="<class 'dict'>")],
        default_hooks={},
        stage_before='abc',
    )


def test_stored_features_count_by_their_digest_and_may_be_moved():
    def resolved(folder, **digest):
        return resolve(Config(dict(features=folder, file=f'{folder}/a.npz', **digest)), None)

    assert resolved('one', features_digest='d') == resolved('two', features_digest='d')
    assert resolved('one', features_digest='d') != resolved('one', features_digest='e')
    assert resolved('one', features_digest='d')['file'] == 'features/a.npz'
    assert resolved('one') != resolved('two')
