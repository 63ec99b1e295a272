"""Values as code: what is written is read back, in lines that fit."""

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vlltr_mm.apis.recipe_making.code import Expression, as_code, assignments, comment

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner, max_size=6)
    ),
    max_leaves=30,
)


def evaluate(code):
    """Evaluate code that has nothing but literals and ``dict(…)``."""
    for node in ast.walk(ast.parse(code, mode='eval')):
        assert not isinstance(node, ast.Name) or node.id in ('dict', 'inf', 'nan')
    return eval(code, {'__builtins__': {}}, dict(dict=dict, inf=float('inf')))


@given(VALUES)
@example({'ª': None, '__debug__': 1, 'class': 2, 'a b': 3})
def test_values_are_read_back(value):
    assert evaluate(as_code(value)) == value


def test_lines_fit():
    value = dict(
        type='OpenCLIPVisionBackbone',
        arch=dict(embed_dim=512, layers=list(range(30)), names=['ViT-B-16'] * 9),
    )
    code = assignments(model=value, other=[value, value])
    assert max(map(len, code.splitlines())) <= 79
    assert len(code.splitlines()) < 35


@pytest.mark.parametrize(
    'value, code',
    [
        (dict(type='A', lr=0.001), "dict(type='A', lr=0.001)"),
        ({'head.norm_': 1}, "{'head.norm_': 1}"),
        ({'class': 1}, "{'class': 1}"),
        ({}, 'dict()'),
        ((1,), '(1,)'),
        ((), '()'),
        ([Expression('{{_base_.corpus}}')], '[{{_base_.corpus}}]'),
    ],
)
def test_one_line(value, code):
    assert as_code(value) == code


def test_comments_hold_any_text():
    text = 'birds from\nimport os ' + 'x' * 100 + ' and so on'
    lines = comment(text).splitlines()
    assert all(line.startswith('# ') for line in lines)
    assert ' '.join(line[2:] for line in lines) == ' '.join(text.split())
