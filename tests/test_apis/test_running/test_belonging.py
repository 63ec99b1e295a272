"""What was made for other data, text or weights is refused, wherever it is read."""

import shutil

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from tiny_runs import NAMES, write_tiny_runs

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.checks import check_recipe
from vlltr_mm.apis.running import handover
from vlltr_mm.apis.running.stages import plan_stages
from vlltr_mm.engine import loading
from vlltr_mm.engine.hooks import class_record_hook
from vlltr_mm.structures import AnchorSet
from vlltr_mm.utils import warn_once

ORDER = "another order: 0 is 'red square' there, 'white square' here"


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Both stages, trained once for the tests of this file."""
    root = tmp_path_factory.mktemp('trained')
    _, stage2 = write_tiny_runs(root)
    apis.train(stage2)
    return root


@pytest.fixture
def run(trained, tmp_path):
    """A copy of it: folder and stage-2 config."""
    root = tmp_path / 'run'
    shutil.copytree(trained, root)
    for name in ('stage1.py', 'stage2.py'):
        path = root / name
        path.write_text(path.read_text().replace(str(trained), str(root)))
    return root, str(root / 'stage2.py'), str(root / 'runs/stage2/epoch_2.pth')


def rewrite(root, order):
    """Number the classes anew in lists, names and texts: class i becomes order[i]."""
    data = root / 'data'
    for path in data.glob('ImageNet_LT_*.txt'):
        rows = [line.rsplit(' ', 1) for line in path.read_text().splitlines()]
        path.write_text(''.join(f'{image} {order[int(label)]}\n' for image, label in rows))
    (data / 'labels.txt').write_text(
        ''.join(f's{new} {new} {NAMES[old]}\n' for old, new in enumerate(order))
    )
    texts = {new: (data / f'wiki/desc_{old}.txt').read_text() for old, new in enumerate(order)}
    for new, text in texts.items():
        (data / f'wiki/desc_{new}.txt').write_text(text)


def listen(monkeypatch, module):
    said = []
    for writer in (module, warn_once):
        monkeypatch.setattr(writer, 'print_log', lambda text, *_, **__: said.append(text))
    return said


def test_what_was_trained_belongs(run, monkeypatch):
    root, stage2, checkpoint = run
    said = listen(monkeypatch, handover)
    assert len(plan_stages(stage2, RunOptions())) == 1
    assert not said
    assert apis.test(stage2, checkpoint)['accuracy/top1'] >= 25
    record = torch.load(checkpoint, weights_only=False)['meta']['class_record']
    assert record['classes'] == tuple(n.replace('_', ' ') for n in NAMES)
    assert record['class_counts'] == (24, 12, 6, 3) and record['version'] == 1


@pytest.mark.slow
def test_classes_in_another_order(run):
    root, stage2, checkpoint = run
    rewrite(root, [3, 2, 1, 0])
    for read in (
        lambda: plan_stages(stage2, RunOptions()),
        lambda: apis.train(stage2),
        lambda: apis.test(stage2, checkpoint),
        lambda: apis.train(stage2, RunOptions(resume='auto')),
    ):
        with pytest.raises(ValueError, match=ORDER):
            read()
    (report,) = check_recipe(stage2)
    assert any(ORDER in problem for problem in report.problems)


def test_another_number_of_classes(run):
    root, stage2, checkpoint = run
    for path in (root / 'data').glob('ImageNet_LT_*.txt'):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text(''.join(line for line in lines if not line.endswith(' 3\n')))
    labels = root / 'data/labels.txt'
    labels.write_text(labels.read_text().replace('s3 3 white_square\n', ''))
    with pytest.raises(ValueError, match=r"of 4 classes, .* of 3 \(only there: 3 'white square'\)"):
        plan_stages(stage2, RunOptions())


def test_another_name_and_other_counts_are_said(run, monkeypatch):
    root, stage2, checkpoint = run
    labels = root / 'data/labels.txt'
    labels.write_text(labels.read_text().replace('blue_square', 'navy_square'))
    train_list = root / 'data/ImageNet_LT_train.txt'
    train_list.write_text(train_list.read_text().partition('\n')[2])
    for module, read in (
        (handover, lambda: plan_stages(stage2, RunOptions())),
        (class_record_hook, lambda: apis.test(stage2, checkpoint)),
    ):
        said = listen(monkeypatch, module)
        read()
        assert any("2 is 'blue square' there, 'navy square' here." in text for text in said)
        assert any("class 0 'red square' has 24 there, 23 here" in text for text in said)


def test_other_text(run):
    root, stage2, _ = run
    with open(root / 'data/wiki/desc_2.txt', 'a') as file:
        file.write(' One more sentence.')
    with pytest.raises(ValueError, match='anchors.safetensors was made of other text than'):
        plan_stages(stage2, RunOptions())


def test_text_of_a_hook_of_its_own(run):
    """Anchors of prompts; the training set has articles."""
    root, stage2, _ = run
    stage1 = root / 'stage1.py'
    sources = "sources=[dict(type='PromptTemplates', templates=['a {}.'])]"
    with open(stage1, 'a') as file:
        file.write(
            f"custom_hooks = [dict(type='AnSSHook', corpus=dict({sources}, cache_dir='{root}/c'),"
            " selector=dict(type='CutOffSelector', num_anchors=3), num_workers=0)]"
        )
    cfg = Config.fromfile(str(stage1))
    path = str(root / 'runs/stage1/anchors.safetensors')
    apis.select_anchors(cfg, str(root / 'runs/stage1/epoch_2.pth'), path)
    assert len(plan_stages(stage2, RunOptions())) == 1
    stage1.write_text(stage1.read_text().replace('a {}.', 'the {}.'))
    with pytest.raises(ValueError, match='anchors.safetensors was made of other text than'):
        plan_stages(stage2, RunOptions())


def test_text_that_is_not_here_is_not_compared(run, monkeypatch):
    root, stage2, _ = run
    shutil.rmtree(root / 'data/wiki')
    shutil.rmtree(root / 'cache')
    said = listen(monkeypatch, handover)
    assert len(plan_stages(stage2, RunOptions())) == 1
    assert 'is not compared' in said[0]


def test_a_new_checkpoint_beside_the_anchors_of_an_earlier_run(run):
    root, stage2, _ = run
    path = root / 'runs/stage1/epoch_2.pth'
    checkpoint = torch.load(path, weights_only=False)
    next(
        v
        for k, v in checkpoint['state_dict'].items()
        if k.startswith('text_') and v.is_floating_point()
    ).add_(1)
    torch.save(checkpoint, path)
    with pytest.raises(ValueError, match='anchors.safetensors is of other weights than .*epoch_2'):
        plan_stages(stage2, RunOptions())


def damaged(change):
    """Change a checkpoint's state dict."""

    def write(path):
        checkpoint = torch.load(path, weights_only=False)
        change(checkpoint['state_dict'])
        torch.save(checkpoint, path)
        return path

    return write


def no_head(state):
    for key in [key for key in state if key.startswith('head.')]:
        del state[key]


def spoil(value):
    return lambda state: state['head.proj_q.weight'][0].fill_(value)


@pytest.mark.parametrize(
    'change, match',
    [
        (no_head, r'epoch_2.pth is not of this model: it lacks head.anchor_feats'),
        (lambda state: state.clear(), 'epoch_2.pth is not of this model: it lacks'),
        (spoil(float('nan')), r'not finite in head.proj_q.weight; take an earlier'),
        (spoil(float('inf')), r'not finite in head.proj_q.weight'),
        (
            lambda state: state.update({'head.norm_q.weight': torch.ones(3)}),
            r'other shapes: head.norm_q.weight \(3,\) for \(16,\)',
        ),
    ],
    ids=['no head', 'empty', 'nan', 'inf', 'shape'],
)
def test_a_checkpoint_that_is_not_of_the_config(run, change, match):
    _, stage2, checkpoint = run
    with pytest.raises(ValueError, match=match):
        apis.test(stage2, damaged(change)(checkpoint))


def test_a_checkpoint_of_the_other_stage(run):
    root, stage2, _ = run
    with pytest.raises(ValueError, match=r'it lacks backbone.* it has logit_scale.* instead'):
        apis.test(stage2, str(root / 'runs/stage1/epoch_2.pth'))
    cfg = Config.fromfile(stage2)
    cfg.load_from = str(root / 'runs/stage1/epoch_2.pth')  # also as a start of training
    with pytest.raises(ValueError, match='is not of this model'):
        Runner.from_cfg(cfg).train()


def test_a_part_may_start_a_training(run, monkeypatch):
    root, stage2, checkpoint = run
    said = listen(monkeypatch, loading)
    cfg = Config.fromfile(stage2)
    cfg.load_from = damaged(no_head)(checkpoint)
    cfg.work_dir = str(root / 'again')
    Runner.from_cfg(cfg).train()
    assert 'These keep what the config gives them.' in said[0]


def test_other_anchors_than_those_of_the_checkpoint(run, monkeypatch):
    root, stage2, checkpoint = run
    path = str(root / 'runs/stage1/anchors.safetensors')
    anchors = AnchorSet.load(path)
    anchors.feats += 1.0 * anchors.mask.unsqueeze(2)
    anchors.save(path)
    said = listen(monkeypatch, class_record_hook)
    apis.test(stage2, checkpoint)
    assert 'are used, not those of head.anchors=' in said[0] and 'train with them' in said[0]
    with open(path, 'r+b') as file:
        file.truncate(100)
    apis.test(stage2, checkpoint)  # the checkpoint is all that is needed
    assert len(said) == 2
    options = RunOptions(cfg_options={'model.head.num_anchors': 5})
    with pytest.raises(ValueError, match=r'has anchors \(4, 3, 16\), head takes \(4, 5, 16\)'):
        apis.test(stage2, checkpoint, options)


def test_anchors_of_another_order_in_a_config_of_the_host(run):
    """No hook of ours: the head itself compares."""
    root, stage2, _ = run
    rewrite(root, [3, 2, 1, 0])
    cfg = Config.fromfile(stage2)
    cfg.work_dir = str(root / 'host')
    for hook in ('class_record', 'finite_loss', 'resumed_schedule'):
        del cfg.default_hooks[hook]
    with pytest.raises(ValueError, match=f'safetensors and the data set have .*{ORDER}'):
        Runner.from_cfg(cfg).train()


def test_a_validation_on_other_classes(run):
    root, stage2, _ = run
    cfg = Config.fromfile(stage2)
    cfg.work_dir = str(root / 'other')
    cfg.val_dataloader.dataset.update(type='CustomDataset', ann_file='ImageNet_LT_val.txt')
    cfg.val_dataloader.dataset.metainfo = dict(
        classes=[name.replace('_', ' ') for name in NAMES[::-1]], class_counts=[3, 6, 12, 24]
    )
    del cfg.val_dataloader.dataset['split']
    with pytest.raises(ValueError, match='val_dataloader, CustomDataset .* another order'):
        Runner.from_cfg(cfg).train()


def test_a_starting_point_may_be_of_other_classes(tmp_path):
    """Its weights stand for those of a CLIP that somebody else trained."""
    config = write_tiny_runs(tmp_path)[1]
    cfg, before = load_config(config), load_config(str(tmp_path / 'stage1.py'))
    before.custom_hooks = []  # no anchors
    (tmp_path / 'runs/stage1').mkdir(parents=True)
    meta = dict(class_record=dict(version=1, classes=['ant', 'bee', 'cat']))
    torch.save(dict(meta=meta, state_dict={}), tmp_path / 'runs/stage1/epoch_2.pth')
    with pytest.raises(ValueError, match='epoch_2.pth is of 3 classes, the training set of .* 4'):
        handover.check_outputs(cfg, before)
    before.starting_point = True
    handover.check_outputs(cfg, before)
