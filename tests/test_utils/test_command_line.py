"""Arguments are refused while they are parsed; errors on purpose end in one line."""

import argparse
import gc
import os
import re

import pytest

from vlltr_mm.utils import command_line
from vlltr_mm.utils.command_line import CfgOptions, run_tool


def parse(*args, **kwargs):
    parser = argparse.ArgumentParser()
    parser.add_argument('--x', **kwargs)
    return parser.parse_args(args).x


def refused(capsys, *args, **kwargs):
    with pytest.raises(SystemExit) as end:
        parse(*args, **kwargs)
    assert end.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize('kind', ['output_file', 'output_folder', 'picture_file'])
@pytest.mark.parametrize('path', ['a.png', './a.png', 'new/er/a.png', '{cwd}/b/a.png'])
def test_what_can_be_written_passes_and_nothing_is_made(tmp_path, monkeypatch, kind, path):
    monkeypatch.chdir(tmp_path)
    path = path.format(cwd=tmp_path)
    assert parse('--x', path, type=getattr(command_line, kind)) == path
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    'kind, path, message',
    [
        ('output_file', 'file/a.json', r"'file' cannot be made or written in: .*/file is a file;"),
        (
            'output_file',
            'file/b/a.json',
            r"'file/b' cannot be made .*/file is a file; name another",
        ),
        ('output_file', 'folder', "'folder' is a folder; name a file in it."),
        ('output_file', 'new/', "'new/' is a folder; name a file in it."),
        ('output_file', '', "'' is a folder"),
        ('output_file', '/proc/none/a.json', r'/proc cannot be written in \('),
        ('output_folder', 'file', r"'file' cannot be made or written in: .*/file is a file"),
        ('output_folder', '', 'the name of the folder is empty'),
        ('picture_file', 'a.xyz', r"'a.xyz' does not end in one of .png, .pdf"),
        ('picture_file', 'a', r"'a' does not end in one of .png"),
        ('picture_file', 'file/a.png', 'is a file; name another'),
        ('input_file', 'none', "'none' does not exist; name a file."),
        ('input_file', 'folder', "'folder' is a folder; name a file."),
        ('checkpoint_file', 'none.pth', "'none.pth' does not exist"),
        ('positive', '0', "'0' is no whole number from 1 on"),
        ('positive', '1.5', "'1.5' is no whole number"),
        ('positive', '²', 'is no whole number'),
        ('not_negative', 'x', "'x' is no whole number from 0 on"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, monkeypatch, capsys, kind, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').touch()
    (tmp_path / 'folder').mkdir()
    kept = sorted(os.listdir(tmp_path))
    last = refused(capsys, f'--x={path}', type=getattr(command_line, kind))
    assert re.search(message, last), last
    assert sorted(os.listdir(tmp_path)) == kept


def test_what_is_there_passes(tmp_path):
    (tmp_path / 'a').touch()
    assert parse('--x', str(tmp_path / 'a'), type=command_line.input_file)
    assert parse('--x', 's3://a', type=command_line.checkpoint_file) == 's3://a'
    picture = str(tmp_path / 'A.PNG')
    assert parse('--x', picture, type=command_line.picture_file) == picture
    assert parse('--x', '0', type=command_line.not_negative) == 0
    assert parse('--x', '07', type=command_line.positive) == 7


def test_settings(capsys):
    settings = dict(nargs='+', action=CfgOptions)
    assert parse('--x', 'a=1', 'b.c="[x,y]"', 'd=e=f', 'g=', **settings) == {
        'a': 1,
        'b.c': ['x', 'y'],
        'd': 'e=f',
        'g': '',
    }
    assert "'2]' is no key=value; write a list" in refused(capsys, '--x', 'a=[1,', '2]', **settings)
    assert "'=3' is no key=value" in refused(capsys, '--x', '=3', **settings)
    assert 'Imbalanced brackets' in refused(capsys, '--x', 'a=[1,2', **settings)


def our_error():
    raise ValueError('lr is -1;\ngive more.')


def our_bug():
    int('x')


def our_open():
    with open('/none/such'):
        pass


def their_error():
    import json

    json.loads('{')


def test_an_error_on_purpose_is_one_line(monkeypatch):
    monkeypatch.setattr(command_line, '_OURS', (command_line.Path(__file__).parent,))
    with pytest.raises(SystemExit) as end:
        run_tool(our_error)
    assert end.value.code == 'Refused: lr is -1;\ngive more.'
    with pytest.raises(SystemExit) as end:
        run_tool(our_open)
    assert "No such file or directory: '/none/such'" in end.value.code


def test_any_other_error_keeps_its_traceback(monkeypatch):
    with pytest.raises(ValueError, match='lr is -1'):
        run_tool(our_error)  # not in the package, nor in tools/
    monkeypatch.setattr(command_line, '_OURS', (command_line.Path(__file__).parent,))
    with pytest.raises(ValueError, match='invalid literal'):
        run_tool(our_bug)
    with pytest.raises(ValueError, match='property name'):
        run_tool(their_error)


def test_no_error_is_no_exit():
    run_tool(list)


def test_the_collector_skips_what_is_imported_while_a_tool_runs(monkeypatch):
    frozen = []
    for name in ('freeze', 'unfreeze'):
        monkeypatch.setattr(gc, name, lambda name=name: frozen.append(name))
    monkeypatch.setattr(gc, 'get_freeze_count', lambda: 375)
    run_tool(lambda: frozen.append('ran'))
    assert frozen == ['freeze', 'ran', 'unfreeze']
    monkeypatch.setattr(gc, 'get_freeze_count', lambda: 10**6)  # as the caller wants it
    run_tool(lambda: frozen.append('again'))
    assert frozen[3:] == ['again']
