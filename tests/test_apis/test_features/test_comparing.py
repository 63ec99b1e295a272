"""Heads are trained and tested on every draw, and the table is over the draws."""

import csv
import json
import runpy
import sys

import pytest
from feature_files import NAMES, write_npz
from mmengine.config import Config
from repo import REPO

from vlltr_mm.apis import load_config, train
from vlltr_mm.apis.features import (
    FeatureSet,
    compare_features,
    draw_tail,
    import_features,
    pool_profile,
)
from vlltr_mm.apis.features.rows import write_row
from vlltr_mm.apis.running import stages


@pytest.fixture
def pool(tmp_path):
    return import_features([write_npz(tmp_path / 'x.npz')])


def test_a_config_is_made_to_fit_other_features(tmp_path, pool):
    drawn = draw_tail(pool, pool_profile(pool, most=6, seed=1))
    folder = str(tmp_path / 'draw1')
    drawn.save(folder)
    path = write_row('lgr-la_vit-b32_pets24', folder, drawn, (3, 5))
    cfg = load_config(path)
    assert cfg.train_dataloader.dataset.file == f'{folder}/train.safetensors'
    head = cfg.model.head
    assert (head.num_classes, head.in_channels, head.num_anchors) == (3, 8, 1)
    assert head.loss.class_counts == f'{folder}/class_counts.json'
    assert cfg.test_evaluator.thresholds == (3, 5)
    assert cfg.val_dataloader is None and cfg.val_cfg is None  # nothing is held out
    assert cfg.features_digest == drawn.digest() and cfg.row_name == 'LGR, LA'
    own = Config.fromfile(REPO / 'configs/features/lgr-la_vit-b32_pets24.py')
    assert (
        cfg.optim_wrapper == own.optim_wrapper
        and cfg.default_hooks.keys() == own.default_hooks.keys()
    )


def test_what_the_features_do_not_have(tmp_path):
    bare = import_features([write_npz(tmp_path / 'x.npz', text_feats=None)])
    drawn = draw_tail(bare, pool_profile(bare))
    folder = str(tmp_path / 'draw0')
    drawn.save(folder)
    write_row('la_vit-b32_pets24', folder, drawn)
    with pytest.raises(FileNotFoundError, match=r'anchors is .*draw0/anchors\.safetensors, which'):
        write_row('lgr_vit-b32_pets24', folder, drawn)
    with pytest.raises(ValueError, match="vlltr_tiny_shapes_lt.py has no key 'features'"):
        write_row('vlltr_tiny_shapes_lt', folder, drawn)
    with pytest.raises(ValueError, match='There is a pool but no tail to draw from it'):
        compare_features(bare, [], [0], str(tmp_path))
    with pytest.raises(ValueError, match='There is a training set, so no tail is drawn'):
        compare_features(drawn, [], [0], str(tmp_path), pool_profile(bare))


@pytest.mark.slow
def test_rows_draws_and_the_table_of_the_command(tmp_path, monkeypatch, capfd):
    root = tmp_path / 'runs'
    few_steps = tmp_path / 'additive-la.py'
    few_steps.write_text(
        f"_base_ = '{REPO}/configs/features/additive-la_vit-b32_pets24.py'\n"
        'train_dataloader = dict(batch_size=16, sampler=dict(num_samples=160))\n'
    )
    rows = ['zeroshot_vit-b32_pets24', few_steps]
    args = [write_npz(tmp_path / 'x.npz'), '--draws', 0, 1, '--root', root, '--thresholds', 3, 8]
    args += ['--val-per-class', 2, '--configs', *rows]
    tool = REPO / 'tools/analysis_tools/compare_features.py'
    monkeypatch.setattr(sys, 'argv', [str(tool), *map(str, args)])
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(tool), run_name='__main__')
        assert end.value.code == 0
    said = capfd.readouterr().out
    assert 'over draws' in said and said.count('2 of them done') == 2  # the second time
    with open(root / 'table.csv', newline='') as file:
        table = {row['row']: row for row in csv.DictReader(file)}
    assert list(table) == ['Zero-shot CLIP', 'Additive, LA']
    records = [
        json.loads((root / f'draw{d}/seed{d}/additive-la/metrics.json').read_text()) for d in (0, 1)
    ]
    assert records[0]['protocol']['class_counts'] != records[1]['protocol']['class_counts']
    mean = sum(record['accuracy']['top1'] for record in records) / 2
    assert float(table['Additive, LA']['top1_mean']) == pytest.approx(mean, abs=1e-6)
    assert float(table['Additive, LA']['seconds']) > 0
    assert all(float(row['top1_mean']) > 80 for row in table.values())


@pytest.mark.slow
def test_a_head_alone_is_a_checkpoint_that_knows_its_classes(tmp_path, pool):
    drawn = draw_tail(pool, pool_profile(pool, val_per_class=2))
    folder = str(tmp_path / 'draw0')
    drawn.save(folder)
    path = write_row('additive-la_vit-b32_pets24', folder, drawn)
    with open(path, 'a') as file:
        file.write(
            f"work_dir = '{tmp_path}/run'\ntrain_dataloader['sampler']['num_samples'] = 256\n"
        )
    train(path)
    checkpoint = f'{tmp_path}/run/epoch_1.pth'
    assert stages.test(path, checkpoint)['accuracy/top1'] > 80
    # The same features with classes in another order are refused.
    other = FeatureSet([NAMES[1], NAMES[0], NAMES[2]], drawn.splits)
    other.save(folder)
    with pytest.raises(ValueError, match='same classes in another order'):
        stages.test(path, checkpoint)
