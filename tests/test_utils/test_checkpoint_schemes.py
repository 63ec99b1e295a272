"""Checkpoints behind addresses are read as strictly as files: nothing of them runs."""

import os
import pickle
import re
import sys
import threading
import types
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from mmengine.fileio import BaseStorageBackend
from mmengine.fileio.backends import registry_utils
from mmengine.model import BaseModule
from mmengine.runner import checkpoint as host
from mmengine.runner.checkpoint import CheckpointLoader
from refused_files import SHOULD_FAIL, Call
from safetensors.torch import save_file

from vlltr_mm.utils.checkpoint_schemes import register_safe_loaders

register_safe_loaders()

ADDRESSES = (
    *('http://HOST/NAME', 'https://HOST/NAME', 'torchvision://net', 'modelzoo://net'),
    *('open-mmlab://net', 'openmmlab://net', 'open-mmlab://old', 'openmmlab://here'),
    *('mmcls://net', 's3://bucket/NAME', 'x:s3://bucket/NAME', 'petrel://bucket/NAME'),
    *('x:petrel://bucket/NAME', 'pavi://NAME'),
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder that every scheme serves from, without a network."""
    served = tmp_path / 'served'
    served.mkdir()
    monkeypatch.setenv('MMENGINE_HOME', str(served))
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    fetch = torch.hub.download_url_to_file
    monkeypatch.setattr(  # no certificate of 127.0.0.1
        torch.hub,
        'download_url_to_file',
        lambda url, *args, **kwargs: fetch(url.replace('https', 'http'), *args, **kwargs),
    )

    class Backend(BaseStorageBackend):
        def get(self, filepath):
            return (served / os.path.basename(filepath)).read_bytes()

        get_text = get

    monkeypatch.setitem(registry_utils.backends, 'petrel', Backend)
    monkeypatch.setattr('mmengine.fileio.io.backend_instances', {})

    def download(name):
        def copy(path):
            with open(path, 'wb') as file:
                file.write((served / name).read_bytes())

        return types.SimpleNamespace(name=name, download=copy)

    pavi = types.SimpleNamespace(modelcloud=types.SimpleNamespace(get=download))
    monkeypatch.setitem(sys.modules, 'pavi', pavi)
    server = ThreadingHTTPServer(
        ('127.0.0.1', 0), lambda *args: Quiet(*args, directory=str(served))
    )
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    here = f'127.0.0.1:{server.server_port}'

    def address(pattern, name):
        places = dict(net=f'http://{here}/{name}', here=name)
        for zoo in ('get_torchvision_models', 'get_external_models', 'get_mmcls_models'):
            monkeypatch.setattr(host, zoo, lambda: places)
        monkeypatch.setattr(host, 'get_deprecated_model_names', lambda: dict(old='net'))
        return pattern.replace('HOST', here).replace('NAME', name)

    yield types.SimpleNamespace(folder=served, address=address)
    server.shutdown()
    server.server_close()


def test_every_scheme_of_the_host_is_tried():
    for prefix, loader in CheckpointLoader._schemes.items():
        assert not prefix or any(re.match(prefix, a) for a in ADDRESSES), prefix
        assert loader.__module__.startswith('vlltr_mm'), loader


@pytest.mark.parametrize('pattern', ADDRESSES)
@pytest.mark.parametrize('kind', ['new', 'legacy', 'bare'])
def test_nothing_runs(files, tmp_path, pattern, kind):
    sentinel = tmp_path / 'sentinel'
    bad = dict(state_dict=Call(os.system, f'touch {sentinel}'))
    path = files.folder / 'bad.pth'
    if kind == 'bare':
        path.write_bytes(pickle.dumps(bad))
    else:
        torch.save(bad, path, _use_new_zipfile_serialization=kind == 'new')
    address = files.address(pattern, path.name)
    with pytest.raises(pickle.UnpicklingError, match=SHOULD_FAIL) as caught:
        CheckpointLoader.load_checkpoint(address)
    assert re.search(r'://\S*bad.pth|://here', str(caught.value))
    assert not sentinel.exists()


def test_nothing_runs_where_a_part_names_its_weights(files, tmp_path):
    sentinel = tmp_path / 'sentinel'
    torch.save(dict(state_dict=Call(os.system, f'touch {sentinel}')), files.folder / 'bad.pth')
    weights = files.address('http://HOST/NAME', 'bad.pth')
    part = BaseModule(init_cfg=dict(type='Pretrained', checkpoint=weights))
    with pytest.raises(pickle.UnpicklingError, match=SHOULD_FAIL):
        part.init_weights()
    assert not sentinel.exists()


@pytest.mark.parametrize('ending', ['pth', 'safetensors'])
@pytest.mark.parametrize('pattern', ADDRESSES)
def test_weights_are_read(files, pattern, ending):
    state = {'backbone.weight': torch.arange(3.0)}
    name = f'good.{ending}'
    if ending == 'pth':
        torch.save(dict(state_dict=state), files.folder / name)
    else:
        save_file(state, files.folder / name)
    loaded = CheckpointLoader.load_checkpoint(files.address(pattern, name))['state_dict']
    key = 'weight' if pattern.startswith('mmcls') else 'backbone.weight'
    assert torch.equal(loaded[key], torch.arange(3.0))


def test_fetched_files_are_kept_and_named(files, caplog):
    torch.save(dict(state_dict={}), files.folder / 'good.pth')
    address = files.address('http://HOST/NAME', 'good.pth')
    CheckpointLoader.load_checkpoint(address, logger=None)
    (files.folder / 'good.pth').unlink()
    assert CheckpointLoader.load_checkpoint(address, logger=None) == dict(state_dict={})


def test_progress_is_shown_where_stderr_is_a_terminal(files, monkeypatch):
    shown = []

    def fetch(address, path, progress):
        shown.append(progress)
        torch.save(dict(state_dict={}), path)

    monkeypatch.setattr(torch.hub, 'download_url_to_file', fetch)
    for terminal in (0, 2):
        monkeypatch.setattr(os, 'isatty', {terminal}.__contains__)
        CheckpointLoader.load_checkpoint(files.address('http://HOST/NAME', f'{terminal}.pth'))
    assert shown == [False, True]


@pytest.mark.parametrize(
    'pattern, error, match',
    [
        ('http://HOST/absent.pth', OSError, 'absent.pth cannot be fetched to .* name it instead'),
        ('http://HOST/', ValueError, 'names no file'),
        ('torchvision://nett', ValueError, 'knows no nett in torchvision://; close names are net'),
        ('mmcls://', ValueError, 'knows no  in mmcls://'),
        ('open-mmlab://here', FileNotFoundError, 'open-mmlab://here .* does not exist'),
    ],
)
def test_what_cannot_be_fetched_is_named(files, pattern, error, match):
    with pytest.raises(error, match=match):
        CheckpointLoader.load_checkpoint(files.address(pattern, 'absent'))


def test_a_damaged_download_is_named(files):
    (files.folder / 'bad.pth').write_bytes(b'<html>')
    with pytest.raises((RuntimeError, pickle.UnpicklingError), match=r'http://.*fetched to .*bad'):
        CheckpointLoader.load_checkpoint(files.address('http://HOST/NAME', 'bad.pth'))


def test_loaders_of_the_host_that_are_not_known_here_are_refused(monkeypatch):
    schemes = dict(CheckpointLoader._schemes)
    monkeypatch.setattr(CheckpointLoader, '_schemes', schemes)
    CheckpointLoader.register_scheme('hdfs://', host.load_from_pavi)
    CheckpointLoader.register_scheme('ours://', lambda *args: 'ours')
    register_safe_loaders()
    with pytest.raises(ValueError, match='hdfs:// is not read strictly here. Fetch the file'):
        CheckpointLoader.load_checkpoint('hdfs://a.pth')
    assert CheckpointLoader.load_checkpoint('ours://a.pth') == 'ours'


def test_pavi_without_its_package(files, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pavi', None)
    with pytest.raises(ImportError, match='pavi://a.pth needs the package pavi. Fetch the file'):
        CheckpointLoader.load_checkpoint('pavi://a.pth')
