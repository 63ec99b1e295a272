"""A light checkpoint is a whole one whose frozen tensors lie in other files."""

import pickle
import re
import shutil
from pathlib import Path

import clip_files
import pytest
import torch
from dist_utils import run_ranks
from light_runs import write_anchors, write_clip, write_light_run
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.runner import load_checkpoint
from mmpretrain.apis import get_model
from torch import nn

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, export_open_clip, train
from vlltr_mm.engine.light_checkpoints import complete_checkpoint
from vlltr_mm.engine.loading import load_for_test
from vlltr_mm.structures.left_out import KEY, LeftOut
from vlltr_mm.utils.model import build_model
from vlltr_mm.utils.weights_digest import file_digest, sorted_digest

TRAINED = {
    f'head.{name}'
    for name in (
        *('visual_mlp.0.weight', 'visual_mlp.0.bias', 'visual_mlp.2.weight', 'visual_mlp.2.bias'),
        *('norm_q.weight', 'norm_q.bias', 'norm_k.weight', 'norm_k.bias'),
        *('proj_q.weight', 'proj_k.weight'),
    )
}
# Of no size, and what the anchors belong to.
KEPT = {'backbone.uses_quick_gelu', 'head.logit_scale', 'head.anchor_mask', 'head.anchor_record'}


def read(path):
    return torch.load(path, weights_only=False)


def assert_same(one, other):
    torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """A folder with a light run of two epochs, and a whole one of the same."""
    root = tmp_path_factory.mktemp('light')
    config = write_light_run(root)
    train(config, RunOptions(work_dir=str(root / 'light')))
    whole = {'default_hooks.checkpoint.trained_only': False}
    train(config, RunOptions(work_dir=str(root / 'whole'), cfg_options=whole))
    return root


@pytest.fixture
def own(runs, tmp_path):
    """A copy of the folder, for tests that change files."""
    shutil.copytree(runs, tmp_path / 'copy')
    for path in ('run.py', 'light/last_checkpoint'):
        file = tmp_path / 'copy' / path
        file.write_text(file.read_text().replace(str(runs), str(tmp_path / 'copy')))
    return tmp_path / 'copy'


def resume(root, checkpoint='light/epoch_1.pth', **options):
    options = dict(work_dir=str(root / 'again'), resume=str(root / checkpoint)) | options
    return train(str(root / 'run.py'), RunOptions(**options))


def scores(root, checkpoint):
    out = root / 'scores.pkl'
    apis.test(str(root / 'run.py'), str(root / checkpoint), predictions=str(out))
    return [sample['pred_score'] for sample in pickle.loads(out.read_bytes())]


def test_it_holds_what_was_trained_and_no_more(runs):
    light, whole = read(runs / 'light/epoch_2.pth'), read(runs / 'whole/epoch_2.pth')
    marks = {f'backbone.{KEY}', f'head.{KEY}'}
    assert set(light['state_dict']) == TRAINED | KEPT | marks
    left = set(whole['state_dict']) - TRAINED - KEPT
    assert left == {
        *(f'backbone.visual.{name}' for name in clip_files.tiny_clip().visual.state_dict()),
        'head.anchor_feats',
    }
    for key in TRAINED | KEPT:
        assert_same(light['state_dict'][key], whole['state_dict'][key])
    assert set(light) == set(whole)
    assert light['meta']['class_record'] == whole['meta']['class_record']
    assert_same(light['optimizer'], whole['optimizer'])
    assert light['param_schedulers'] == whole['param_schedulers']
    saved = sum(whole['state_dict'][key].nbytes for key in left)
    sizes = [(runs / f'{name}/epoch_2.pth').stat().st_size for name in ('light', 'whole')]
    assert sizes[0] < sizes[1] - saved


def test_it_names_the_files_by_their_digests(runs):
    state = read(runs / 'light/epoch_2.pth')['state_dict']
    tower = LeftOut.read(state, 'backbone.')
    visual = clip_files.tiny_clip().visual.state_dict()
    assert (tower.file, tower.sha256) == (str(runs / 'clip.pt'), file_digest(str(runs / 'clip.pt')))
    assert tower.digest == sorted_digest(visual)  # before positions are resized
    assert sorted(tower.tensors) == sorted(f'visual.{name}' for name in visual)
    assert LeftOut.read(state, 'head.').file == str(runs / 'anchors.safetensors')


def test_a_resumed_run_ends_as_an_unbroken_one_with_whole_checkpoints(own):
    resume(own)
    config = Config.fromfile(str(own / 'run.py'))
    ends = [read(own / f'{name}/epoch_2.pth') for name in ('again', 'whole')]
    assert f'backbone.{KEY}' in ends[0]['state_dict']
    complete_checkpoint(ends[0], build_model(config), 'again')
    assert set(ends[0]['state_dict']) == set(ends[1]['state_dict'])
    for key in ('state_dict', 'optimizer'):
        assert_same(dict(ends[0][key]), dict(ends[1][key]))


def test_it_tests_as_the_whole_one_does(runs):
    light, whole = (scores(runs, f'{name}/epoch_2.pth') for name in ('light', 'whole'))
    assert_same(light, whole)
    assert torch.stack(light).std(0).max() > 1e-3  # the images differ


def loads(root):
    """Every way into a model, as functions of the checkpoint."""
    config = str(root / 'run.py')
    cfg = Config.fromfile(config)
    return dict(
        test=lambda path: apis.test(config, path),
        resume=lambda path: resume(root),
        loose=lambda path: load_checkpoint(build_model(cfg), path, 'cpu', strict=False),
        torch=lambda path: build_model(cfg).load_state_dict(read(path)['state_dict'], strict=False),
        get_model=lambda path: get_model(config, pretrained=path),
    )


WAYS = ('test', 'resume', 'loose', 'torch', 'get_model')


@pytest.mark.parametrize('way', WAYS)
def test_another_base_is_refused_by_whatever_loads(own, way):
    expected = sorted_digest(clip_files.tiny_clip().visual.state_dict())
    found = sorted_digest(clip_files.tiny_clip(seed=1).visual.state_dict())
    write_clip(own / 'clip.pt', seed=1)
    load = loads(own)[way]
    with pytest.raises(ValueError, match=f'digest {found}.*digest of its weights {expected}'):
        load(str(own / 'light/epoch_1.pth'))
    assert not list(own.glob('again/*.pth'))  # nothing was trained


@pytest.mark.parametrize('way', ('test', 'loose'))
def test_other_anchors_are_refused(own, way):
    write_anchors(own / 'anchors.safetensors', scale=2)
    with pytest.raises(ValueError, match=r"head.anchors='.*anchors.safetensors' has other weights"):
        loads(own)[way](str(own / 'light/epoch_1.pth'))


@pytest.mark.parametrize('way', ('loose', 'get_model'))
def test_a_missing_base_is_named_with_what_to_fetch(own, way):
    sha256 = file_digest(str(own / 'clip.pt'))
    (own / 'clip.pt').unlink()
    with pytest.raises(FileNotFoundError, match=f'backbone.pretrained, made with .*{sha256}'):
        loads(own)[way](str(own / 'light/epoch_1.pth'))
    (own / 'run.py').write_text(
        re.sub("pretrained='.*?'", 'pretrained=None', (own / 'run.py').read_text())
    )
    with pytest.raises(ValueError, match='backbone.pretrained is None; set it to that file'):
        loads(own)[way](str(own / 'light/epoch_1.pth'))


def test_loose_loads_fill_the_tower(runs):
    config = Config.fromfile(str(runs / 'run.py'))
    whole = read(runs / 'whole/epoch_2.pth')['state_dict']
    model = build_model(config)
    path = str(runs / 'light/epoch_2.pth')
    load_checkpoint(model, path, map_location='cpu', strict=True)
    asked = build_model(config)  # as predict does
    load_for_test(asked, path)
    for filled in (model, asked, get_model(str(runs / 'run.py'), pretrained=path)):
        assert_same(dict(filled.state_dict()), dict(whole))


def test_who_needs_a_whole_one_says_how_to_make_it(runs, tmp_path):
    path = str(runs / 'light/epoch_2.pth')
    with pytest.raises(ValueError, match='light_checkpoint.py CONFIG .* WHOLE.pth --to whole'):
        export_open_clip(path, str(tmp_path / 'clip.pt'))
    with pytest.raises(ValueError, match='cannot complete'):
        complete_checkpoint(read(path), nn.Linear(1, 1), 'epoch_2.pth')


def test_published_ones_load(runs):
    (published,) = runs.glob('light/epoch_2-*.pth')
    content = read(published)
    assert set(content) == {'meta', 'state_dict'} and f'backbone.{KEY}' in content['state_dict']
    model = get_model(str(runs / 'run.py'), pretrained=str(published))
    assert_same(dict(model.state_dict()), dict(read(runs / 'whole/epoch_2.pth')['state_dict']))


@pytest.mark.slow
def test_what_is_not_in_the_file_stays(own, caplog):
    # The tower of a whole checkpoint, which is another one than that of pretrained.
    start = read(own / 'whole/epoch_1.pth')
    start['state_dict']['backbone.visual.proj'] += 1
    torch.save(start, own / 'start.pth')
    options = {'load_from': str(own / 'start.pth'), 'train_cfg.max_epochs': 1}
    train(str(own / 'run.py'), RunOptions(work_dir=str(own / 'out'), cfg_options=options))
    state = read(own / 'out/epoch_1.pth')['state_dict']
    assert_same(state['backbone.visual.proj'], start['state_dict']['backbone.visual.proj'])
    assert 'backbone.visual.conv1.weight' not in state
    log = next((own / 'out').glob('*/*.log')).read_text()
    assert 'are not all those of backbone.pretrained=' in log
    assert len(scores(own, 'out/epoch_1.pth')) == 12


@pytest.mark.slow
def test_averaged_weights_go_on_as_in_whole_checkpoints(own):
    ema = dict(custom_hooks=[dict(type=EMAHook.__name__, momentum=0.2)])
    for light in (True, False):
        options = {**ema, 'default_hooks.checkpoint.trained_only': light}
        folder = str(own / f'ema_{light}')
        train(str(own / 'run.py'), RunOptions(work_dir=folder, cfg_options=options))
        first = f'{Path(folder).name}/epoch_1.pth'
        resume(own, first, work_dir=f'{folder}_again', cfg_options=options)
    ends = [read(own / f'ema_{light}_again/epoch_2.pth') for light in (True, False)]
    assert f'module.backbone.{KEY}' in ends[0]['ema_state_dict']
    complete_checkpoint(ends[0], build_model(Config.fromfile(str(own / 'run.py'))), 'ema')
    for key in ('state_dict', 'ema_state_dict'):
        assert set(ends[0][key]) == set(ends[1][key])
        assert_same(dict(ends[0][key]), dict(ends[1][key]))


def _train_rank(rank, world_size, root):
    config, options = f'{root}/run.py', dict(launcher='pytorch', work_dir=f'{root}/two')
    train(config, RunOptions(**options))
    model = train(
        config,
        RunOptions(
            **{**options, 'work_dir': f'{root}/two_again'}, resume=(f'{root}/two/epoch_1.pth')
        ),
    )
    return sorted_digest(model.module.state_dict())


@pytest.mark.slow
def test_two_processes_save_and_resume(own):
    digests = run_ranks(_train_rank, str(own))
    ends = [read(own / f'{name}/epoch_2.pth') for name in ('two', 'two_again')]
    assert digests[0] == digests[1]
    assert f'backbone.{KEY}' in ends[1]['state_dict']
    for key in ('state_dict', 'optimizer'):
        assert_same(dict(ends[0][key]), dict(ends[1][key]))
