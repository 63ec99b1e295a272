import sys
import types

import pytest

from vlltr_mm.utils.compat import check_base_stack, check_version

UPSTREAM = dict(torch='2.15.0', mmengine='0.10.4', mmcv='2.0.0', mmpretrain='1.2.0')
FORKS = dict(torch='2.6.0+cu124', mmengine='0.10.12', mmcv='2.3.6', mmpretrain='1.3.6')


def pretend(monkeypatch, **versions):
    for name, version in versions.items():
        module = types.ModuleType(name)
        module.__version__ = version
        monkeypatch.setitem(sys.modules, name, module)


def test_this_stack_passes():
    check_base_stack()
    check_version('open_clip')


@pytest.mark.parametrize('versions', [UPSTREAM, FORKS])
def test_upstream_and_forks_pass(monkeypatch, versions):
    pretend(monkeypatch, **versions)
    check_base_stack()


@pytest.mark.parametrize(
    'name, version',
    [
        ('torch', '2.5.1'),
        ('torch', '3.0.0'),
        ('mmengine', '0.10.3'),
        ('mmengine', '0.11.0rc3'),
        ('mmcv', '1.7.2'),
        ('mmcv', '2.4.0'),
        ('mmpretrain', '1.1.1'),
        ('mmpretrain', '2.0.0rc1'),
    ],
)
def test_outside_the_window(monkeypatch, name, version):
    pretend(monkeypatch, **{**UPSTREAM, name: version})
    with pytest.raises(ImportError, match=f'but {name} {version} is inst'):
        check_base_stack()


def test_message_says_what_to_install(monkeypatch):
    pretend(monkeypatch, mmcv='1.7.2')
    with pytest.raises(ImportError) as caught:
        check_version('mmcv')
    assert str(caught.value) == (
        'vlltr_mm needs mmcv>=2.0.0,<2.4, but mmcv 1.7.2 is installed. '
        'Install it with `pip install "mmcv-lite>=2.0.0,<2.4"` (where the '
        'stack is the maintained fork: `pip install '
        '"onedl-mmcv>=2.0.0,<2.4"`).'
    )


def test_absent_module(monkeypatch):
    monkeypatch.setitem(sys.modules, 'open_clip', None)
    with pytest.raises(ImportError, match='but no open_clip is installed'):
        check_version('open_clip')


def test_broken_module_shows_its_own_error(monkeypatch, tmp_path):
    (tmp_path / 'open_clip.py').write_text('import nothing_of_this_name')
    monkeypatch.delitem(sys.modules, 'open_clip', raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match='nothing_of_this_name'):
        check_version('open_clip')
