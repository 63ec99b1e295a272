"""What packaging, pins and the changelog say agrees with the tree."""

import re
import subprocess
import sys
from importlib import import_module

import pytest
import yaml
from packaging.version import Version
from repo import REPO

import vlltr_mm
from vlltr_mm.utils.compat import _WINDOWS

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

PROJECT = tomllib.loads((REPO / 'pyproject.toml').read_text())['project']
README = (REPO / 'README.md').read_text(encoding='utf-8')
CHANGES = (REPO / 'CHANGELOG.md').read_text(encoding='utf-8')


def pins(name):
    """Read requirements with an exact version."""
    lines = (REPO / 'requirements' / f'{name}.txt').read_text().splitlines()
    return dict(line.split('==') for line in lines if '==' in line)


def test_the_version_is_said_once():
    citation = yaml.safe_load((REPO / 'CITATION.cff').read_text())
    assert citation['version'] == vlltr_mm.__version__
    assert f'\n## {vlltr_mm.__version__}' in CHANGES
    assert len(citation['preferred-citation']['authors']) == 5


def test_pythons_are_those_of_the_readme():
    prefix = 'Programming Language :: Python :: 3.'
    tested = [c.split(' :: ')[-1] for c in PROJECT['classifiers'] if c.startswith(prefix)]
    assert PROJECT['requires-python'] == f'>={tested[0]}'
    assert f'Python {", ".join(tested[:-1])} and {tested[-1]}' in README


def test_addresses_are_real_ones():
    assert all(f'({url})' in README for url in PROJECT['urls'].values())


def test_hooks_pin_what_make_lint_pins():
    hooks = yaml.safe_load((REPO / '.pre-commit-config.yaml').read_text())['repos'][0]['hooks']
    pinned = {pin for hook in hooks for pin in hook['additional_dependencies']}
    assert pinned == {f'{name}=={version}' for name, version in pins('lint').items()}


@pytest.mark.parametrize('module', ['torch', 'mmengine', 'mmcv', 'mmpretrain', 'open_clip'])
def test_the_oldest_stack_is_the_lower_bound(module):
    window = _WINDOWS[module]
    oldest = pins('oldest')[window.distributions[0]]
    assert Version(oldest) == Version(window.low)


def test_old_paths_lead_to_new_ones():
    section = CHANGES.split('\n## ')[1]
    rows = re.findall(r'^\| `([^`]+)` \| `([^`]+)` \|$', section, re.M)
    assert len(rows) > 70
    for old, new in rows:
        if new.startswith('vlltr_mm.'):
            assert import_module(new), new
        else:
            assert list(REPO.glob(new)), f'{old} → {new}'
        assert not list(REPO.glob(old.replace('vlltr_mm.', 'vlltr_mm/').replace('.', '/') + '.py'))
        assert not list(REPO.glob(old)), f'{old} is still there'


@pytest.mark.slow
def test_importing_is_quiet():
    """And leaves out what only some runs need."""
    code = 'import sys, vlltr_mm.apis; assert "matplotlib" not in sys.modules'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')
