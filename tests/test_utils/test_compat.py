import subprocess
import sys
import types
from importlib import metadata

import pytest

from vlltr_mm.utils import compat
from vlltr_mm.utils.compat import check_base_stack, check_version

UPSTREAM = dict(
    torch='2.15.0', mmengine='0.10.4', mmcv='2.0.0', mmpretrain='1.2.0', open_clip='3.0'
)
FORKS = dict(
    torch='2.6.0+cu124', mmengine='0.10.12', mmcv='2.3.6', mmpretrain='1.3.6', open_clip='3.3.0'
)


def pretend(monkeypatch, **versions):
    for name, version in versions.items():
        module = types.ModuleType(name)
        if version is not None:
            module.__version__ = version
        monkeypatch.setitem(sys.modules, name, module)


def pretend_distributions(monkeypatch, *names):
    def version(name):
        if name not in names:
            raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(compat.metadata, 'version', version)


def test_this_stack_passes():
    check_base_stack()


@pytest.mark.parametrize('versions', [UPSTREAM, FORKS])
def test_upstream_and_forks_pass(monkeypatch, versions):
    pretend(monkeypatch, **versions)
    check_base_stack()


@pytest.mark.parametrize(
    'name, version',
    [
        ('torch', '2.6.0a0+ecf3bae40a.nv25.01'),  # of NVIDIA's containers
        ('torch', '2.13.0.dev20260101+cu128'),
        ('torch', '2.6.0.dev20250101'),
        ('torch', '2.8.0a0+gitunknown'),
        ('torch', '2.10'),
        ('mmengine', '0.10.4+local.1'),
        ('mmengine', '0.10.4.post1'),
        ('mmengine', '0.10.5rc1'),
        ('mmcv', '2.3.99'),
        ('mmpretrain', '1.10.0'),
        ('open_clip', '3.0.0'),
    ],
)
def test_inside_the_window(monkeypatch, name, version):
    pretend(monkeypatch, **{name: version})
    check_version(name)


@pytest.mark.parametrize(
    'name, version',
    [
        ('torch', '2.5.1'),
        ('torch', '2.5.1+cu124'),
        ('torch', '3.0.0'),
        ('torch', '3.0.0a0+git1f2e'),
        ('mmengine', '0.10.3'),
        ('mmengine', '0.10.4rc1'),
        ('mmengine', '0.10.4.dev3'),
        ('mmengine', '0.10.4b2+cu1'),
        ('mmengine', '0.11.0rc3'),
        ('mmcv', '1.7.2'),
        ('mmcv', '2.0.0rc4'),
        ('mmcv', '2.4.0'),
        ('mmcv', '10.0'),
        ('mmpretrain', '1.1.1'),
        ('mmpretrain', '1.2.0rc1'),
        ('mmpretrain', '2.0.0rc1'),
        ('open_clip', '2.32.0'),
        ('open_clip', '3.0.0rc1'),
        ('mmengine', 'unknown'),
        ('mmengine', ''),
        ('mmengine', '0.10.x'),
    ],
)
def test_outside_the_window(monkeypatch, name, version):
    pretend(monkeypatch, **{**UPSTREAM, name: version})
    with pytest.raises(ImportError) as caught:
        check_base_stack()
    assert f'needs {name}>=' in str(caught.value)
    assert f'but {name} {version} is installed (' in str(caught.value)


def test_a_module_without_a_version(monkeypatch, tmp_path):
    pretend(monkeypatch, mmengine=None)
    with pytest.raises(ImportError, match='the mmengine in mmengine has no version that can be'):
        check_version('mmengine')
    # A folder of that name in the working directory is a module, too.
    (tmp_path / 'mmpretrain').mkdir()
    monkeypatch.delitem(sys.modules, 'mmpretrain')
    monkeypatch.setattr(sys, 'path', [str(tmp_path)])
    with pytest.raises(ImportError, match=f'the mmpretrain in {tmp_path}/mmpretrain has no'):
        check_version('mmpretrain')


OURS = 'Install it with `pip install "mmcv-lite>=2.0.0,<2.4"`'
FORK = ' (where the stack is the maintained fork: `pip install "onedl-mmcv>=2.0.0,<2.4"`).'


@pytest.mark.parametrize(
    'installed, remedy',
    [
        ((), OURS + FORK),
        (('mmcv-lite',), OURS + '.'),
        (('mmcv',), 'Install it with `pip install "mmcv>=2.0.0,<2.4"`.'),
        (('onedl-mmcv',), 'Install it with `pip install "onedl-mmcv>=2.0.0,<2.4"`.'),
        (('mmcv-full',), f'First `pip uninstall mmcv-full`. {OURS}{FORK}'),
        (('mmcv-lite', 'onedl-mmcv'), f'First `pip uninstall mmcv-lite onedl-mmcv`. {OURS}{FORK}'),
    ],
)
def test_the_remedy_follows_what_is_installed(monkeypatch, installed, remedy):
    pretend(monkeypatch, mmcv='1.7.2')
    pretend_distributions(monkeypatch, *installed)
    with pytest.raises(ImportError) as caught:
        check_version('mmcv')
    assert str(caught.value) == (
        f'vlltr_mm needs mmcv>=2.0.0,<2.4, but mmcv 1.7.2 is installed (mmcv). {remedy}'
    )


def test_torch_comes_with_torchvision(monkeypatch):
    pretend(monkeypatch, torch='2.5.1')
    with pytest.raises(ImportError, match='with `pip install "torch>=2.6,<3" torchvision`'):
        check_version('torch')


def test_absent_module(monkeypatch):
    monkeypatch.setitem(sys.modules, 'open_clip', None)
    with pytest.raises(ImportError, match='but no open_clip is installed'):
        check_version('open_clip')


@pytest.mark.parametrize('name', ['torch', 'mmpretrain', 'open_clip'])
def test_the_version_is_read_before_the_module_is_imported(tmp_path, name):
    module = tmp_path / name
    module.mkdir()
    (module / '__init__.py').write_text('raise AssertionError("imported")')
    (module / 'version.py').write_text("from typing import Optional\n\n__version__ = '0.9.1+cu1'\n")
    code = f'import sys; sys.path.insert(0, {str(tmp_path)!r}); import vlltr_mm'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert f'needs {name}>=' in last and f'{name} 0.9.1+cu1 is installed ({module})' in last
    assert 'imported' not in done.stderr


def test_broken_module_shows_its_own_error(monkeypatch, tmp_path):
    (tmp_path / 'open_clip.py').write_text('import nothing_of_this_name')
    monkeypatch.delitem(sys.modules, 'open_clip', raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match='nothing_of_this_name'):
        check_version('open_clip')
