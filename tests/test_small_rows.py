"""A small row is the same method on both of its data sets."""

import re

import pytest
from mmengine.config import Config
from repo import REPO

CNN = REPO / 'configs' / 'cnn'
ROWS = sorted(
    path.name.removesuffix('_r14_shapes_lt.py') for path in CNN.glob('*_r14_shapes_lt.py')
)
# What is of the data: sizes, counts and lists, views, and what follows from the number of classes.
OF_DATA = re.compile(
    r'(^|\.)(num_classes|class_counts|depth|ann_file|split|data_root|train_ann_file|pipeline'
    r'|batch_size|mean|std|length|medium_below|few_below|bias)(\.|$)'
)
PARTS = ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg', 'custom_hooks', 'feature_cache')


def flatten(value, name=''):
    """Yield name → value of all that is no list or dict."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(value)
    else:
        yield name, value
        return
    for key, inner in pairs:
        yield from flatten(inner, f'{name}.{key}' if name else str(key))


def method(row, suffix):
    """Return what a recipe says of the method, file names without the data set."""
    cfg = Config.fromfile(CNN / f'{row}_{suffix}.py')
    own = {key: cfg[key] for key in PARTS if cfg.get(key) is not None}
    loader = cfg.get('train_dataloader') or {}
    own['sampler'], own['around'] = loader.get('sampler'), (loader.get('dataset') or {}).get('type')
    own |= {key: cfg.get(key) for key in ('row_name', 'pretrain_config', 'work_dir')}
    return {
        name: value.replace(suffix, 'DATA') if isinstance(value, str) else value
        for name, value in flatten(own)
        if not OF_DATA.search(name)
    }


def test_no_row_is_missing():
    others = {path.name.removesuffix('_r32_cifar100_lt.py') for path in CNN.glob('*_r32_*.py')}
    assert others - set(ROWS) == {'sade-forward50'} and set(ROWS) <= others


@pytest.mark.parametrize('row', ROWS)
def test_both_recipes_are_one_method(row):
    shapes, cifar = method(row, 'r14_shapes_lt'), method(row, 'r32_cifar100_lt')
    assert len(shapes) > 8 and shapes == cifar
