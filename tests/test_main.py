"""``python -m vlltr_mm``, in the checkout and from a wheel alone."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repo import REPO
from tiny_runs import CONFIGS, write_tiny_runs

from vlltr_mm import __main__ as cli

_SHIPPED = ('vlltr_mm', 'configs', 'tools', 'requirements')


def run_main(monkeypatch, *args):
    monkeypatch.setattr(sys, 'argv', ['__main__.py', *args])
    monkeypatch.setattr(sys, 'path', list(sys.path))
    cli.main()


def test_every_tool_is_a_command_with_a_line():
    commands = cli.list_commands()
    assert {'train', 'test', 'compare', 'check-recipe', 'check-corpus', 'select-anchors'} <= set(
        commands
    )
    parts = {'benchmarks', 'shapes_lt', '_results'}  # no commands, and what commands consist of
    tools = {file for file in (REPO / 'tools').rglob('[!_]*.py') if not parts & set(file.parts)}
    assert set(commands.values()) == tools


def test_the_list_and_an_unknown_command(monkeypatch, capsys):
    with pytest.raises(SystemExit) as caught:
        run_main(monkeypatch)
    assert caught.value.code == 0
    assert '  train                 Train a config' in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        run_main(monkeypatch, 'trian')
    assert caught.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ''
    assert "no command 'trian'" in printed.err and '  train ' in printed.err


@pytest.mark.parametrize('name', ['check-recipe', 'check_recipe'])
def test_a_command_is_its_file(monkeypatch, name):
    ran = []
    monkeypatch.setattr(
        runpy, 'run_path', lambda *a, **k: ran.append((a, k, sys.argv, sys.path[0]))
    )
    run_main(monkeypatch, name, 'a.py', '--gpus', '2')
    file = str(REPO / 'tools' / 'analysis_tools' / 'check_recipe.py')
    folder = os.path.dirname(file)
    argv = [file, 'a.py', '--gpus', '2']
    assert ran == [((file,), dict(run_name='__main__'), argv, folder)]


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """Build a wheel from a copy and unpack it; return the folder."""
    root = tmp_path_factory.mktemp('wheel')
    copy = root / 'source'
    copy.mkdir()
    for name in _SHIPPED:
        shutil.copytree(REPO / name, copy / name, ignore=shutil.ignore_patterns('__pycache__'))
    for file in REPO.glob('[!.]*.*'):
        if file.is_file():
            shutil.copy(file, copy)
    shutil.copy(REPO / 'LICENSE', copy)
    pip = [sys.executable, '-m', 'pip', '-q', '--disable-pip-version-check']
    offline = ['--no-deps', '--no-index']
    subprocess.run([*pip, 'wheel', copy, *offline, '--no-build-isolation', '-w', root], check=True)
    (wheel,) = root.glob('*.whl')
    subprocess.run([*pip, 'install', wheel, *offline, '--target', root / 'site'], check=True)
    shutil.rmtree(copy)
    return root / 'site'


@pytest.mark.slow
def test_the_wheel_trains_tests_and_compares_without_a_checkout(installed, tmp_path):
    assert {path.name for path in (installed / 'vlltr_mm' / '.mim').iterdir()} == {
        'configs',
        'tools',
        'model-index.yml',
    }
    configs = installed / 'vlltr_mm' / '.mim' / 'configs'
    paths = write_tiny_runs(tmp_path)
    for path in paths:
        text = Path(path).read_text()
        assert str(CONFIGS) in text
        Path(path).write_text(text.replace(str(CONFIGS), str(configs)))
    env = dict(os.environ, PYTHONPATH=str(installed), OMP_NUM_THREADS='1')

    def main(*args):
        command = [sys.executable, '-m', 'vlltr_mm', *args]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    code = "import importlib.util; print(importlib.util.find_spec('vlltr_mm').origin)"
    where = [sys.executable, '-c', code]
    found = subprocess.run(where, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert found.stdout.strip().endswith(str(installed / 'vlltr_mm' / '__init__.py'))
    trained = main('train', paths[1])
    assert trained.stderr == ''  # no warning that no user can act on
    assert 'is skipped since' not in trained.stdout and 'FileClient' not in trained.stdout
    checkpoint = str(tmp_path / 'runs' / 'stage2' / 'epoch_2.pth')
    tested = main('test', paths[1], checkpoint, '--out', 'metrics.json', '--out-item', 'metrics')
    assert tested.stderr == ''
    assert 'accuracy/top1' in (tmp_path / 'metrics.json').read_text()
    assert 'top1' in main('compare', paths[1], '--root', str(tmp_path / 'compared')).stdout
    main('report', 'compared')
    assert (tmp_path / 'compared/report.html').read_text().startswith('<!doctype html>')
    # A recipe by its name; nothing is there that it needs.
    listed = subprocess.run(
        [sys.executable, '-m', 'vlltr_mm', 'check-recipe', 'vlltr_r50_imagenet_lt'],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert listed.returncode == 1
    assert 'data/imagenet' in listed.stdout
