"""The recipes of LIFT and LIFT+, value by value."""

import re
from pathlib import Path

import pytest
import torch
from analysis_tools._results import Metafile
from cosine_runs import ARCH, write_clip
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from repo import REPO
from tiny_runs import write_data

from vlltr_mm.apis import check_recipe
from vlltr_mm.apis.checks.schedule import iters_per_epoch, simulate_schedule

ROOT = REPO / 'configs' / 'lift'
# data set: classes, training images, LIFT's epochs, LIFT+'s
SETS = dict(
    imagenet_lt=(1000, 115846, 10, 5), places_lt=(365, 62500, 10, 5), inat18=(8142, 437513, 20, 15)
)
# tower: width, AdaptFormer's numbers by data set
TOWERS = {
    'vit-b16': (768, dict(imagenet_lt=617868, places_lt=175212, inat18=4749324)),
    'vit-l14': (1024, {}),
}
METHODS = 'lift', 'lift-plus'
RECIPES = [(m, t, d) for m in METHODS for t in TOWERS for d in SETS]


def load(method, tower, data):
    return Config.fromfile(ROOT / f'{method}_{tower}_{data}.py')


@pytest.mark.parametrize('method, tower, data', RECIPES)
def test_values(method, tower, data):
    cfg = load(method, tower, data)
    classes, size, *epochs = SETS[data]
    epochs, plus = epochs[method == 'lift-plus'], method == 'lift-plus'
    backbone, head = cfg.model.backbone, cfg.model.head
    letter, patch = tower[4:5].upper(), tower[5:]
    assert backbone.arch == f'ViT-{letter}-{patch}-quickgelu'
    assert backbone.pretrained == f'data/clip/ViT-{letter}-{patch}.pt'
    assert backbone.out_type == 'cls_token' and not backbone.get('frozen')
    assert backbone.tuner == dict(type='AdaptFormer', num_classes=classes)
    assert (head.type, head.num_classes, head.scale) == ('CosineLinearClsHead', classes, 25)
    loss = dict(type='LogitAdjustedLoss', tau=1.0, class_counts=cfg.class_counts)
    assert head.in_channels == TOWERS[tower][0] and head.loss == loss
    assert cfg.optim_wrapper == dict(
        type='AmpOptimWrapper',
        dtype='float16',
        loss_scale='dynamic',
        optimizer=dict(type='SGD', lr=0.02 if plus else 0.01, momentum=0.9, weight_decay=5e-4),
    )
    assert cfg.train_cfg.max_epochs == cfg.param_scheduler.T_max == epochs
    assert not cfg.test_cfg.get('fp16') and not cfg.val_cfg.get('fp16')
    loader = cfg.train_dataloader
    assert loader.batch_size == 128 == cfg.auto_scale_lr.base_batch_size
    assert not loader.drop_last and loader.sampler == dict(type='DefaultSampler', shuffle=True)
    assert iters_per_epoch(size, loader, num_gpus=1) == -(-size // 128)
    assert cfg.data_preprocessor.mean == [122.771, 116.746, 104.094]
    (hook,) = cfg.custom_hooks
    prompt = dict(type='PromptTemplates', templates=['a photo of a {}.'])
    assert (hook.type, hook.center) == ('TextClassifierInitHook', 'none')
    assert hook.corpus.sources == [prompt]
    assert hook.corpus.get('classes') == ('imagenet' if data == 'imagenet_lt' else None)


@pytest.mark.parametrize('method, tower, data', RECIPES)
def test_pipelines(method, tower, data):
    cfg = load(method, tower, data)
    steps = cfg.train_dataloader.dataset.pipeline
    bicubic = dict(backend='pillow', interpolation='bicubic')
    bilinear = dict(backend='pillow', interpolation='bilinear')
    if method == 'lift':
        assert [s.type for s in steps][1:3] == ['RandomResizedCrop', 'RandomFlip']
        assert steps[1] == dict(
            type='RandomResizedCrop',
            scale=224,
            crop_ratio_range=(0.08, 1.0),
            aspect_ratio_range=(3 / 4, 4 / 3),
            **bilinear,
        )
        assert (steps[2].prob, steps[2].direction) == (0.5, 'horizontal')
    else:
        assert steps[1] == dict(type='ShrinkingSquareCrop', scale=224, first=0.08, **bicubic)
    assert len(steps) == (4 if method == 'lift' else 3) and steps[-1].type == 'PackInputs'
    seen = cfg.test_dataloader.dataset.pipeline
    assert seen == cfg.val_dataloader.dataset.pipeline
    resize = dict(type='ResizeEdge', scale=256, edge='short')
    assert seen[1] == dict(resize, **(bilinear if method == 'lift' else bicubic))
    assert seen[2] == dict(type='CenterCrop', crop_size=224)


RATES = [
    0.01,
    0.009755,
    0.009045,
    0.007939,
    0.006545,
    0.005,
    0.003455,
    0.002061,
    0.000955,
    0.000245,
]


def test_rates_and_groups_of_lift():
    """All that is trained is in one group, and decays; nothing of CLIP is."""
    init_default_scope('mmpretrain')
    cfg = load('lift', 'vit-b16', 'places_lt')
    with torch.device('meta'):
        model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    (group,), rates = simulate_schedule(cfg, model, epoch_length=3)
    assert [rate for (rate,) in rates] == pytest.approx(RATES, abs=5e-7)
    assert group.weight_decay == 5e-4
    assert group.num_params == 175212 + 365 * 768
    assert all(re.match(r'backbone\.tuner\.|head\.fc\.weight$', name) for name in group.names)


def test_rates_of_lift_plus():
    init_default_scope('mmpretrain')
    cfg = load('lift-plus', 'vit-b16', 'imagenet_lt')
    _, rates = simulate_schedule(cfg, torch.nn.Linear(2, 2), epoch_length=3)
    expected = [0.02, 0.018090, 0.013090, 0.006910, 0.001910]
    assert [rate for (rate,) in rates] == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize('data', SETS)
def test_numbers_trained(data):
    init_default_scope('mmpretrain')
    cfg = load('lift', 'vit-b16', data)
    with torch.device('meta'):
        model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    trained = [p.numel() for p in model.backbone.parameters() if p.requires_grad]
    assert sum(trained) == TOWERS['vit-b16'][1][data]
    assert sum(p.numel() for p in model.head.parameters()) == 768 * SETS[data][0]


def shrink(name, root, epochs, num_workers=0):
    """Write a recipe as one of seconds on a CPU; return its path."""
    if not (root / 'data').exists():
        write_data(root / 'data')
    cfg = Config.fromfile(ROOT / f'{name}.py')
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[loader].update(num_workers=num_workers, persistent_workers=False)
    cfg.train_dataloader.batch_size = 8
    cfg.optim_wrapper = dict(type='OptimWrapper', optimizer=cfg.optim_wrapper.optimizer)
    cfg.train_cfg.update(max_epochs=epochs, val_interval=epochs)
    cfg.param_scheduler.T_max = epochs
    cfg.default_hooks.checkpoint.max_keep_ckpts = -1
    text = cfg.pretty_text
    for old, new in (
        ("'data/imagenet", f"'{root}/data"),
        ("'ViT-B-16-quickgelu'", str(ARCH)),
        ("'data/clip/ViT-B-16.pt'", f"'{write_clip(root)}'"),
        ("classes='imagenet',", f"cache_dir='{root}/cache',"),
        ('=1000', '=4'),
        ('scale=224', 'scale=48'),
        ('scale=256', 'scale=54'),
        ('crop_size=224', 'crop_size=48'),
        ('in_channels=768', 'in_channels=32'),
        ("'work_dirs/", f"'{root}/runs/"),
    ):
        assert old in text or old in ('scale=224',), old
        text = text.replace(old, new)
    path = root / f'{name}.py'
    path.write_text(text)
    return str(path)


@pytest.mark.slow
def test_the_recipe_trains_small_and_resumes(tmp_path):
    """To the last bit, in the middle of the crops that follow the epochs."""
    path = shrink('lift-plus_vit-b16_imagenet_lt', tmp_path, epochs=3, num_workers=2)
    whole = Runner.from_cfg(Config.fromfile(path))
    tower = whole.model.backbone.tower
    whole.model.backbone.init_weights()
    before = {key: value.clone() for key, value in tower.state_dict().items()}
    state = whole.train().state_dict()
    assert all(torch.equal(value, before[key]) for key, value in tower.state_dict().items())
    assert whole.model.head.fc.weight.norm(dim=1).sub(1).abs().max() > 1e-3  # trained
    assert any(p.abs().max() > 0 for n, p in whole.model.named_parameters() if '.up.weight' in n)
    cfg = Config.fromfile(path)
    cfg.load_from, cfg.resume = f'{cfg.work_dir}/epoch_1.pth', True
    cfg.work_dir = f'{tmp_path}/resumed'
    resumed = Runner.from_cfg(cfg).train().state_dict()
    assert all(torch.equal(value, resumed[key]) for key, value in state.items())


def test_check_recipe(tmp_path, monkeypatch):
    path = shrink('lift-plus_vit-b16_imagenet_lt', tmp_path, epochs=5)
    (report,) = check_recipe(path, num_gpus=1)
    assert report.problems == []
    assert report.iters_per_epoch == 6 and len(report.learning_rates) == 5
    kept = report.memory['trained weights, gradients, momentum (float32)']
    assert kept == 4 * 3 * report.params['trainable']
    text = [note for note in report.notes if note.startswith('TextClassifierInitHook has')]
    assert text == [
        "TextClassifierInitHook has 4 sentences of 4 classes, the first being 'a photo of a "
        "red square.'."
    ]
    # CLIP's names are of other classes, and the weights are not there.
    written = Path(path).read_text()
    written = written.replace('corpus=dict(', "corpus=dict(classes='imagenet',", 1)
    Path(path).write_text(written.replace('vit.pt', 'none.pt'))
    (report,) = check_recipe(path, num_gpus=1)
    problems = '\n'.join(report.problems)
    assert 'text of TextClassifierInitHook: corpus has 1000 classes, the data set 4' in problems
    assert re.search(r'backbone.pretrained: .*none.pt', problems)


def test_headers_tell_the_literature_of_the_metafile():
    told = {}
    for path in ROOT.glob('*.py'):
        told[path.stem] = re.findall(r'^# Literature, top1: (\S+?),? ', path.read_text(), re.M)
    for model in Metafile(REPO / 'configs' / 'metafile.yml').models:
        if model['Name'] in told:
            assert model['In Collection'] == 'LIFT'
            rows = model['Metadata'].get('Literature Results', [])
            assert [str(row['Top 1 Accuracy']) for row in rows] == told.pop(model['Name'])
            assert all(row['Source'] for row in rows)
    assert not told
