"""GPU-hours follow from measured steps, and from nothing else."""

import io
import json

import pytest
from forked import run_tool
from mmengine.config import Config
from repo import REPO
from rich.console import Console

from vlltr_mm.apis import RecipeReport, print_report
from vlltr_mm.apis.checks import cost
from vlltr_mm.apis.checks.cost import (
    cost_of_run,
    cost_rows,
    estimate_cost,
    estimate_stored,
    read_measurements,
    step_key,
)
from vlltr_mm.apis.running import find_config

STAGE1, STAGE2 = 'cvlp_r50_imagenet_lt', 'vlltr_r50_imagenet_lt'


def config(name, **options):
    cfg = Config.fromfile(find_config(name))
    cfg.merge_from_dict(options)
    return cfg


def write(path, **changes):
    """Write what gpu_check.py would: round numbers that nobody measured."""
    parts = {'image tower': 100.0, 'head and loss': 20.0, 'optimizer': 5.0}
    step = dict(batch=128, shares_ms=parts)
    content = dict(
        small=False,
        device='cuda',
        sections=dict(
            device=dict(name='Card X'),
            loader=dict(recipe=dict(one_core=100.0)),
            stage1=dict(step, key=step_key(config(STAGE1)), images_per_s=500.0),
            stage2=dict(step, key=step_key(config(STAGE2)), images_per_s=1000.0),
            broken=dict(key='a section that was cut off', batch=4),
            chunked=dict(whole=dict(images_per_s=400.0), eight_gpus=dict(images_per_s=300.0)),
        ),
    )
    content.update(changes)
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def measured(tmp_path):
    return read_measurements(write(tmp_path / 'gpu.json'))


def test_steps_that_cost_the_same_have_one_key():
    def key(name, **options):
        return step_key(config(name, **options))

    assert key(STAGE1) == 'stage 1, RN50-quickgelu, 224 px, float16'
    assert key('cvlp_r50_places_lt') == key(STAGE1) != key('cvlp_vit-b16_imagenet_lt')
    assert key(STAGE2) == ('LGRHead of 1000 classes, tower frozen, RN50-quickgelu, 224 px, float16')
    others = key('vlltr_r50_places_lt'), key('vlltr_r50_inat18'), key('ce_r50_imagenet_lt')
    assert len({key(STAGE2), *others}) == 4
    assert '384 px' in key('vlltr_vit-b16-384_inat18')
    assert key('vlltr_tiny_shapes_lt') is None
    tuner = dict(type='LoRA', bottleneck=4)
    tuned = dict(vision_backbone=dict(tuner=tuner)), dict(backbone=dict(tuner=tuner, frozen=False))
    assert key(STAGE1, model=tuned[0]) == f'{key(STAGE1)}, tuned'
    assert 'tower tuned' in key(STAGE2, model=tuned[1])
    assert 'float32' in key(STAGE1, optim_wrapper=dict(type='OptimWrapper', _delete_=True))


def test_hours_are_images_by_rate(measured):
    images = 3600 * 4000
    eight = estimate_cost(config(STAGE1), images, 8, measured)
    # 500 images/s of a step are fewer than 800 of eight loader processes.
    assert (eight.gpu_hours, eight.hours, eight.limit) == (8.0, 1.0, 'GPU')
    loader = estimate_cost(config(STAGE2), images, 8, measured)
    assert (loader.images_per_s, loader.limit) == (800.0, 'loader')
    assert loader.gpu_hours == pytest.approx(4000 / 800)


def test_chunks_cost_what_they_were_measured_to(measured):
    options = {'model.chunk_size': 256, 'train_dataloader.batch_size': 2048}
    found = estimate_cost(config(STAGE1, **options), 3600, 1, measured)
    assert found.images_per_s == pytest.approx(500 * 300 / 400)
    one_chunk = {'model.chunk_size': 256}
    assert estimate_cost(config(STAGE1, **one_chunk), 3600, 1, measured).images_per_s == 500
    unknown = cost.Measurements('X', measured.steps, None, None)
    assert estimate_cost(config(STAGE1, **options), 3600, 1, unknown) is None


def test_stored_features_take_the_tower_once(measured):
    found = estimate_stored(config(STAGE2), 3600, 1, measured)
    # 50 epochs of 25 ms for 128 images; once 800/s, which the loader gives.
    assert found.gpu_hours == pytest.approx(3600 * (50 * 0.025 / 128 + 1 / 800) / 3600)


def test_rows_of_the_recipes(measured, monkeypatch):
    names = ('cvlp_r50_places_lt', STAGE2, 'vlltr_vit-b16_inat18', 'vlltr_tiny_shapes_lt')
    others = ('ncm_r50_imagenet_lt', 'cvlp-row2_r50_imagenet_lt')  # which train nothing
    paths = {name: find_config(name) for name in (*names, *others)}
    monkeypatch.setattr(cost, 'list_configs', lambda: paths)
    rows = {row.config: row for row in cost_rows(measured)}
    assert list(rows) == [names[0], names[1], f'{STAGE2} --feature-cache', names[2]]
    eight = rows[names[0]].on_eight
    assert eight.gpu_hours == pytest.approx(50 * 62_500 / 500 / 3600)
    assert rows[names[0]].on_one.gpu_hours == pytest.approx(eight.gpu_hours * 400 / 300)
    assert rows[names[2]].on_one is rows[names[2]].on_eight is None
    assert all(row.on_one is row.on_eight is None for row in cost_rows(None))


def test_what_was_not_measured_has_no_number(measured, monkeypatch):
    assert estimate_cost(config('vlltr_r50_inat18'), 100, 8, measured) is None
    monkeypatch.setattr(cost, 'read_measurements', lambda: None)
    said = cost_of_run(config(STAGE1), 56, 8)
    assert said == (
        'not measured yet; on a GPU: python tools/benchmarks/gpu_check.py --json '
        'configs/gpu_check.json'
    )


def test_the_check_prints_it(measured, monkeypatch):
    monkeypatch.setattr(cost, 'read_measurements', lambda: measured)
    text = cost_of_run(config(STAGE1), 56, 8)
    assert text == (
        f'{50 * 56 * 2048 / 500 / 3600:.3g} ({50 * 56 * 256 / 500 / 3600:.3g} h at 500 images/s '
        'and GPU; the GPU is the limit), from a step measured on one Card X'
    )
    other = cost_of_run(config('vlltr_r50_inat18'), 56, 8)
    assert other.startswith('not measured: LGRHead of 8142')
    assert cost_of_run(config('vlltr_tiny_shapes_lt'), 5, 1) is None
    console = Console(file=io.StringIO(), width=200)
    print_report(RecipeReport('x.py', cost=text), console)
    assert 'GPU-hours of training' in console.file.getvalue()


def test_a_dry_run_is_no_measurement(tmp_path):
    for change in (dict(small=True), dict(device='cpu')):
        path = write(tmp_path / 'gpu.json', **change)
        with pytest.raises(ValueError, match='gpu.json is of a dry run; measure with `python'):
            read_measurements(path)
    assert read_measurements(str(tmp_path / 'none.json')) is None


@pytest.mark.slow
def test_tool(tmp_path):
    measured = write(tmp_path / 'gpu.json')
    done = run_tool('tools/analysis_tools/cost_table.py', STAGE1, '--measured', measured, cwd=REPO)
    assert done.returncode == 0, done.stderr
    assert 'measured on one Card X' in done.stdout
    line, on_paper = [line for line in done.stdout.splitlines() if f' {STAGE1} ' in line]
    assert '│ GPU ' in line and f'{50 * 115_846 / 500 / 3600:.3g}' in line
    assert 'an estimate at 40% of 312 TFLOP/s (A100' in done.stdout
    assert all(f' {cell} ' in on_paper for cell in ('102,007,137', '5,792,300', '0.861'))
