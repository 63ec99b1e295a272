"""The model index lists every published recipe and claims nothing."""

import pytest
from mmpretrain.apis.model import ModelHub
from repo import REPO

ROOT = REPO
RECIPES = sorted(
    path.stem
    for path in (ROOT / 'configs').glob('*.py')
    if path.stem.endswith(('imagenet_lt', 'places_lt', 'inat18'))
)


@pytest.fixture(scope='module')
def models():
    before = dict(ModelHub._models_dict)
    ModelHub.register_model_index(ROOT / 'model-index.yml', ROOT)
    yield {name: model for name, model in ModelHub._models_dict.items() if name not in before}
    ModelHub._models_dict.clear()
    ModelHub._models_dict.update(before)


def test_every_recipe_is_listed(models):
    assert len(RECIPES) == 13
    assert sorted(models) == RECIPES


def test_nothing_is_claimed(models):
    assert all(model.weights is None and not model.results for model in models.values())


def test_configs_are_those_of_the_name(models):
    for name in models:
        config = ModelHub.get(name).config
        assert config.work_dir == f'work_dirs/{name}'
