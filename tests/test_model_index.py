"""MIM and MMPretrain's ModelHub read the model index, whatever results it holds."""

import pytest
import yaml
from mmpretrain.apis.model import ModelHub
from repo import REPO

CONFIGS = {
    path.stem: f'configs/{path.relative_to(REPO / "configs")}'
    for path in (REPO / 'configs').rglob('*.py')
    if '_base_' not in path.parts
}
WRITTEN = yaml.safe_load((REPO / 'configs' / 'metafile.yml').read_text(encoding='utf-8'))


@pytest.fixture(scope='module')
def models():
    before = dict(ModelHub._models_dict)
    ModelHub._models_dict.clear()  # what the import registered
    ModelHub.register_model_index(REPO / 'model-index.yml', REPO)
    yield dict(ModelHub._models_dict)
    ModelHub._models_dict.clear()
    ModelHub._models_dict.update(before)


def test_every_config_is_listed_where_it_is():
    listed = {model['Name']: model['Config'] for model in WRITTEN['Models']}
    assert listed == CONFIGS, 'run: python tools/analysis_tools/results.py write'


def test_the_hub_reads_what_is_written(models):
    assert set(models) == set(CONFIGS)
    for model in WRITTEN['Models']:
        read = models[model['Name']]
        assert read.metadata.data.get('Paper Results') == model['Metadata'].get('Paper Results')
        for result, written in zip(read.results or [], model.get('Results', []), strict=True):
            assert result.metrics == written['Metrics']
            assert result.dataset == written['Dataset']


def test_every_result_says_where_it_comes_from():
    for model in WRITTEN['Models']:
        for result in model.get('Results', []):
            assert set(result['Metrics']) >= {'Top 1 Accuracy'}
            assert all(0 <= value <= 100 for value in result['Metrics'].values())
            assert result['Seeds'] and result['Commit']
            assert result.get('Command') or all(run['Log'] for run in result['Runs'])
            assert set(result.get('Deviation', {})) <= set(result['Metrics'])


@pytest.mark.slow
def test_configs_are_those_of_the_name(models):
    for name in models:
        assert ModelHub.get(name).config.work_dir == f'work_dirs/{name}'
