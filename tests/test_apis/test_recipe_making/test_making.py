"""Recipes of a tiny folder of images: what is written, trained and refused."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from forked import run_tool
from mmengine.config import Config
from own_images import options
from PIL import Image
from repo import REPO
from rich.console import Console
from tiny_runs import COUNTS

from vlltr_mm.apis import RunOptions, train
from vlltr_mm.apis import test as run_test
from vlltr_mm.apis.recipe_making import make_recipe, next_commands, print_recipe
from vlltr_mm.apis.recipe_making.pictures import _thumbnail
from vlltr_mm.apis.recipe_making.rows import ROWS
from vlltr_mm.apis.recipe_making.summary import _data_lines


@pytest.fixture(scope='module')
def made(home):
    """A recipe, with all that was printed of it."""
    console = Console(record=True, width=200, file=io.StringIO())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)  # not where a developer's runs are
        recipe = make_recipe(options(home))
        print_recipe(recipe, console)
    return recipe, console.export_text()


def test_the_folder(made, home):
    recipe, _ = made
    files = {p.relative_to(home / 'recipe').as_posix() for p in (home / 'recipe').rglob('*.*')}
    rows = {f'{row}_recipe.py' for row in ROWS}
    lists = {'train.txt', 'val.txt', 'test.txt', 'labels.txt', 'data.py', 'summary.txt'}
    pictures = {f'pictures/{name}.png' for name in ('counts', 'examples', 'text')}
    assert files >= rows | lists | pictures
    assert all(file.startswith('_base_/') for file in files - rows - lists - pictures)
    assert not recipe.problems
    assert recipe.pictures == [str(home / 'recipe' / f'pictures/{n}.png') for n in _NAMES]


_NAMES = ('counts', 'examples', 'text')


def test_configs_are_short_and_say_all(made):
    recipe, _ = made
    for row in ROWS:
        code = Path(recipe.places.config(row)).read_text()
        lines = [line for line in code.splitlines() if not line.startswith('#')]
        assert len(lines) <= 30, row
        cfg = Config.fromfile(recipe.places.config(row))
        assert cfg.work_dir == f'work_dirs/{row}_recipe'
        assert cfg.test_dataloader.dataset.ann_file.endswith('recipe/test.txt')
        assert cfg.data_preprocessor.num_classes == 4


def test_what_is_printed(made, home):
    _, printed = made
    assert (home / 'recipe/summary.txt').read_text() == printed
    for part in (
        f'{home}/images',
        '4 classes: 0 many, 1 medium, 3 few',
        "'blue_square'",
        'AdditiveLGRHead',
        'no GPU',
        'no problem found',
        'these CPUs',
        'on paper',
        'under a minute',
    ):
        assert part in printed, part


def test_the_next_commands_are_those_of_files_that_exist(made):
    recipe, printed = made
    assert f'python -m vlltr_mm train {recipe.places.config("additive")}' in printed
    assert f'python -m vlltr_mm compare {recipe.places.config("zeroshot")}' in printed
    commands = [command for command, _ in next_commands(recipe)]
    assert commands[0].startswith('python tools/train.py ')
    for command in commands:
        found = re.findall(r'\S+\.py', command)
        assert all((REPO / file).is_file() or Path(file).is_file() for file in found)


@pytest.mark.slow
def test_the_command_of_several_gpus_trains_outside_a_checkout(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command, _ = next_commands(replace(made[0], gpus=2))[0]
    started = ['torchrun', '--standalone', '--nproc-per-node', '2', '-m', 'vlltr_mm', 'train']
    words = shlex.split(command)
    assert words[:7] == started and words[-3:] == ['--launcher', 'pytorch', '--amp']
    run = [sys.executable, '-m', 'torch.distributed.run', *words[1:-1]]  # no GPU, no --amp
    run += ['--work-dir', 'run', '--pretrain-work-dir', 'before']
    run += ['--cfg-options', 'train_cfg.max_epochs=1', 'train_dataloader.batch_size=2']
    env = dict(os.environ, PYTHONPATH=str(REPO), CUDA_VISIBLE_DEVICES='')
    done = subprocess.run(run, env=env, capture_output=True, text=True)
    assert (tmp_path / 'run/epoch_1.pth').is_file(), done.stderr[-2000:]
    (log,) = (tmp_path / 'run').glob('*/*.log')
    assert 'GPU number: 2' in log.read_text()


@pytest.mark.parametrize('training', ['frozen', 'tuned', 'whole'])
def test_all_rows_run(home, tmp_path, monkeypatch, training):
    monkeypatch.chdir(tmp_path)
    epochs = (0, 2) if training == 'frozen' else (1, 1)
    recipe = make_recipe(
        options(home, f'of_{training}', training=training, epochs=epochs, batch_size=4)
    )
    assert not recipe.problems
    scores = {}
    for row in ('additive', 'la', 'zeroshot'):
        config, checkpoint = recipe.places.config(row), None
        if row != 'zeroshot':
            train(config, RunOptions(cfg_options={'default_hooks.logger.interval': 1}))
            epochs = Config.fromfile(config).train_cfg.max_epochs
            checkpoint = f'work_dirs/{row}_of_{training}/epoch_{epochs}.pth'
        scores[row] = run_test(config, checkpoint)['accuracy/top1']
    assert all(0 <= score <= 100 for score in scores.values())
    assert (Path('work_dirs') / f'cvlp_of_{training}' / 'anchors.safetensors').is_file()


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(images='lost'), "'lost' does not exist"),
        (dict(tower='ViT-X'), "arch is 'ViT-X', which open_clip"),
        (dict(pretrained='lost.pt'), "'lost.pt', which is no file and no pretrained tag"),
        (dict(pretrained=None), 'pretrained is not given'),
        (dict(text=['lost.json']), "text 'lost.json' does not exist"),
        (dict(prompts=['a photo']), 'a photo'),
        (dict(prompts=['a {}', 'b']), "'b'"),
        (dict(batch_size=99), 'batch_size is 99, and there are 45 training images'),
        (dict(training='frozen', epochs=(1, 1)), 'stage 1 of a frozen tower trains nothing'),
        (dict(tower='RN50'), 'do not fit'),
        (dict(images='{home}/wrapped'), "'images' is the only class"),
        (dict(images='{home}/single'), 'no image is in val; no class has 3 different images'),
        (dict(images='{home}/single', val=0), 'no image is in val; give --val a number from 1'),
        (dict(images='{home}/{{{{fileDirname}}}}'), "{{fileDirname}}' has '{{', which configs"),
        (dict(out='{home}/images/train/refused'), 'in the folder of the images'),
    ],
)
def test_refused_before_anything_is_written(home, change, message):
    change = {key: v.format(home=home) if key in _FOLDERS else v for key, v in change.items()}
    with pytest.raises((ValueError, FileNotFoundError), match=re.escape(message)):
        make_recipe(options(home, 'refused', **change))
    assert not list(home.rglob('*refused*'))


_FOLDERS = ('images', 'out')


def test_an_earlier_recipe_of_that_name(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'work_dirs/cvlp_refused').mkdir(parents=True)
    with pytest.raises(FileExistsError, match="'work_dirs/cvlp_refused' is of an earlier recipe"):
        make_recipe(options(home, 'refused'))


def test_text_of_other_classes_is_refused(home, tmp_path):
    (tmp_path / 'other.json').write_text(json.dumps({'fox': ['a'], 'owl': ['b']}))
    with pytest.raises(ValueError, match='other.json'):
        make_recipe(options(home, 'refused', text=[str(tmp_path / 'other.json')]))
    assert not (home / 'refused').exists()


def test_names_without_words_are_told(made):
    names = ['n01440764', '12', '3.5', 'boeing 737', 'a4']
    recipe, _ = made
    table = replace(recipe.table, names=names, ids=names)
    told = [line for line in _data_lines(replace(recipe, table=table)) if '--names' in line]
    assert len(told) == 1 and told[0].startswith('3 class names have no word')
    assert not any('--names' in line for line in _data_lines(recipe))


def test_nothing_is_overwritten(made, home):
    before = {p: p.read_bytes() for p in (home / 'recipe').rglob('*') if p.is_file()}
    with pytest.raises(FileExistsError, match='exists and is not empty'):
        make_recipe(options(home))
    assert before == {p: p.read_bytes() for p in (home / 'recipe').rglob('*') if p.is_file()}
    with pytest.raises(ValueError, match='whose last part names configs'):
        make_recipe(options(home, 'a recipe'))


def test_damaged_images(home, tmp_path):
    images = tmp_path / 'images'
    shutil.copytree(home / 'images', images)
    damaged = images / 'train/red_square/0.jpg'
    damaged.write_bytes(damaged.read_bytes()[:200])
    with pytest.raises(ValueError, match=r'1 of \d+ images looked at cannot be used.*0\.jpg'):
        make_recipe(options(home, 'damaged', images=str(images)))
    assert not (home / 'damaged').exists()
    recipe = make_recipe(options(home, 'damaged', images=str(images), drop_damaged=True))
    assert recipe.table.counts_of('train').sum() == sum(COUNTS) - 1
    assert sum('0.jpg' in note for note in recipe.notes) == 1
    assert Path(recipe.pictures[1]).name == 'examples.png'
    assert 'red_square/0.jpg' not in (home / 'damaged/train.txt').read_text()


def test_examples_are_drawn_as_training_reads_them(tmp_path):
    deep = tmp_path / 'deep.png'
    Image.fromarray(np.full((40, 60), 25_700, np.uint16)).save(deep)  # 100 of 255
    assert np.unique(np.asarray(_thumbnail(str(deep)))).tolist() == [100]
    (tmp_path / 'cut.png').write_bytes(deep.read_bytes()[:60])
    assert _thumbnail(str(tmp_path / 'cut.png')) is None


def test_the_tool(home):
    images = home / 'flat'
    for number in range(2):
        for name, colour in (('snow_leopard', 200), ('fox', 40)):
            (images / name).mkdir(parents=True, exist_ok=True)
            for index in range(12):
                pixels = np.full((40, 40, 3), colour + 5 * number + index, np.uint8)
                Image.fromarray(pixels).save(images / name / f'{number}_{index}.png')
    args = ('tools/new_recipe.py', '--images', images, '--tower', home / 'arch.json')
    args += ('--pretrained', home / 'clip.pth', '--kind', 'animal', '--gpus', 0)
    done = run_tool(*args, '--out', home / 'by_tool', cwd=REPO)
    assert done.returncode == 0, done.stderr
    assert 'snow leopard' in (home / 'by_tool/labels.txt').read_text()
    assert 'animal' in (home / 'by_tool/data.py').read_text()
    again = run_tool(*args, '--out', home / 'by_tool', cwd=REPO)
    assert again.returncode == 1
    assert again.stderr.startswith('Refused: ')
