"""The snippets of docs/recipes.md are configs that MMEngine takes."""

import re

import pytest
from mmengine.config import Config
from mmpretrain.registry import VISBACKENDS, VISUALIZERS
from repo import REPO

PAGE = (REPO / 'docs' / 'recipes.md').read_text(encoding='utf-8')
SNIPPETS = [text for text in re.findall(r'```python\n(.*?)```', PAGE, re.S) if 'vis_' in text]


def test_both_backends_are_shown():
    assert all(f'{name}VisBackend' in ''.join(SNIPPETS) for name in ('Tensorboard', 'Wandb'))
    assert all(len(text.splitlines()) == 2 for text in SNIPPETS) and len(SNIPPETS) == 2


@pytest.mark.parametrize('text', SNIPPETS)
def test_mmengine_knows_what_is_shown(text):
    cfg = Config.fromstring(text, '.py')
    assert VISUALIZERS.get(cfg.visualizer.type) is not None
    for backend in cfg.visualizer.vis_backends:
        assert VISBACKENDS.get(backend.type) is not None, backend.type
