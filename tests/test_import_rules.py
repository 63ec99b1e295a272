"""Imports point left; heavy and private things stay where they belong."""

import ast

import pytest
from repo import REPO

from vlltr_mm.__main__ import list_commands

PACKAGE = REPO / 'vlltr_mm'
FILES = sorted(PACKAGE.rglob('*.py'))
LEVELS = dict(
    version=0,
    utils=0,
    structures=1,
    datasets=2,
    models=2,
    evaluation=2,
    visualization=2,
    engine=3,
    apis=4,
)
OPEN_CLIP_FILES = {'datasets/corpus/clip_tokens.py', 'models/backbones/openclip/towers.py'}


def imports(path):
    """Yield the absolute dotted names that a file imports."""
    package = ('vlltr_mm', *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield '.'.join((*base, *filter(None, [node.module])))


def component(name):
    """Return 'models' for 'vlltr_mm.models.heads'."""
    parts = name.split('.')
    return parts[1] if parts[0] == 'vlltr_mm' and len(parts) > 1 else None


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.name))
def test_imports_point_left(path):
    own = path.relative_to(PACKAGE).parts[0]
    if own not in LEVELS:  # the package's own __init__ imports everything
        return
    for name in imports(path):
        other = component(name)
        if other is None or other == own:
            continue
        assert LEVELS[other] < LEVELS[own], f'{path} imports {name}'


def test_open_clip_stays_in_two_files():
    users = {
        str(path.relative_to(PACKAGE))
        for path in FILES
        if any(name.split('.')[0] == 'open_clip' for name in imports(path))
    }
    assert users == OPEN_CLIP_FILES


def test_every_tool_imports_the_package():
    """So our types are registered, also where the tests run a tool in a fork that has them."""
    for path in list_commands().values():
        body = ast.parse(path.read_text(encoding='utf-8')).body
        names = [node.module or '' for node in body if isinstance(node, ast.ImportFrom)]
        assert any(name.startswith('vlltr_mm.') for name in names), path


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.name))
def test_no_print_and_no_pickle(path):
    tree = ast.parse(path.read_text(encoding='utf-8'))
    calls = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert 'print' not in calls
    assert not any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ('dump', 'dumps', 'load', 'loads')
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == 'pickle'
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.name))
def test_files_and_functions_stay_short(path):
    text = path.read_text(encoding='utf-8')
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno < 60, node.name
