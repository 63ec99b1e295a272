"""Which stages run, where, and with which options."""

import pytest
import torch
from held_folders import held
from tiny_anchors import save_anchors

from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.comparison import seed_options
from vlltr_mm.apis.running import handover, stage_outputs, stages
from vlltr_mm.apis.running.config import stage_inputs
from vlltr_mm.apis.running.stages import plan_stages
from vlltr_mm.engine import AnSSHook
from vlltr_mm.utils.locks import OWNER_FILE

FIRST = """
work_dir = '{root}/first'
model = dict(type='A')
train_cfg = dict(max_epochs=1)
custom_hooks = [dict(type='SentenceBankHook'), dict(type='AnSSHook'),
                dict(type='AnSSHook', out_file='cut-off.safetensors')]
train_dataloader = dict(num_workers=2)
"""
SECOND = """
work_dir = '{root}/second'
pretrain_config = 'first.py'
pretrain_work_dir = '{root}/first'
model = dict(type='B', weights=['{root}/first/epoch_1.pth'],
             head=dict(anchors='{root}/first/anchors.safetensors'),
             other='{root}/firstborn/file')
custom_hooks = [dict(type='H', tower=dict(file='{root}/first/epoch_1.pth'))]
train_dataloader = dict(num_workers=0)
val_dataloader = None
"""


@pytest.fixture
def chain(tmp_path):
    """Two configs, nothing trained."""
    for name, text in (('first', FIRST), ('second', SECOND)):
        (tmp_path / f'{name}.py').write_text(text.format(root=tmp_path))
    return tmp_path, str(tmp_path / 'second.py')


def finish(root, folder='first'):
    (root / folder).mkdir()
    torch.save(dict(meta={}, state_dict={}), root / folder / 'epoch_1.pth')
    for name in ('anchors.safetensors', 'cut-off.safetensors'):
        save_anchors(root / folder / name)


def test_inputs_are_the_paths_inside_the_folder(chain):
    root, second = chain
    assert stage_inputs(load_config(second)) == {
        'model.weights.0': f'{root}/first/epoch_1.pth',
        'model.head.anchors': f'{root}/first/anchors.safetensors',
        'custom_hooks.0.tower.file': f'{root}/first/epoch_1.pth',
    }
    assert stage_inputs(load_config(str(root / 'first.py'))) == {}


@pytest.mark.parametrize(
    'train_cfg, files',
    [
        ('dict(max_epochs=7)', ['epoch_7.pth', 'anchors.safetensors', 'cut-off.safetensors']),
        ('dict(max_iters=9)', ['iter_9.pth', 'anchors.safetensors', 'cut-off.safetensors']),
        ('dict(max_epochs=0)', ['anchors.safetensors', 'cut-off.safetensors']),
        ('None', []),
    ],
)
def test_outputs_are_what_the_config_writes(chain, train_cfg, files):
    root, _ = chain
    with open(root / 'first.py', 'a') as file:
        file.write(f'train_cfg = {train_cfg}')
    cfg = load_config(str(root / 'first.py'), RunOptions(work_dir='there'))
    assert stage_outputs(cfg) == [f'there/{file}' for file in files]


@pytest.mark.parametrize('lost', ['epoch_1.pth', 'cut-off.safetensors'])
def test_any_lost_output_runs_the_stage_before(chain, lost):
    """Also one that this config does not read, since another may."""
    root, second = chain
    finish(root)
    (root / 'first' / lost).unlink()
    assert len(plan_stages(second, RunOptions(resume='auto'))) == 2


def test_a_trained_checkpoint_is_not_trained_over(chain):
    root, second = chain
    finish(root)
    (root / 'first/cut-off.safetensors').unlink()
    with pytest.raises(ValueError, match=r'epoch_1.pth, but .*cut-off.* is missing. Give --resume'):
        plan_stages(second, RunOptions())


@pytest.mark.parametrize('finished', [True, False])
def test_a_file_that_nobody_writes_is_an_error(chain, finished):
    root, second = chain
    if finished:
        finish(root)
    with open(second, 'a') as file:
        file.write(f"model['head'] = dict(anchors='{root}/first/typo.safetensors')")
    with pytest.raises(ValueError, match='typo.safetensors, which neither exists nor is written'):
        plan_stages(second, RunOptions())
    (root / 'first').mkdir(exist_ok=True)
    save_anchors(root / 'first/typo.safetensors')  # as select_anchors.py made it
    assert len(plan_stages(second, RunOptions())) == 2 - finished


def test_epochs_that_do_not_reach_the_expected_one_are_an_error(chain):
    _, second = chain
    options = RunOptions(pretrain_cfg_options={'train_cfg.max_epochs': 2})
    with pytest.raises(ValueError, match='epoch_1.pth, which neither exists .* writes epoch_2.pth'):
        plan_stages(second, options)


def test_options_without_effect_are_said(chain, monkeypatch):
    root, second = chain
    finish(root)
    said = []
    monkeypatch.setattr(stages, 'print_log', lambda text, *_: said.append(text))
    plan_stages(second, RunOptions(pretrain_cfg_options={'model.type': 'D'}))
    assert 'first.py is finished' in said[0] and 'has no effect' in said[0]
    with pytest.raises(ValueError, match='first.py names no pretrain_config; leave it out'):
        plan_stages(f'{root}/first.py', RunOptions(pretrain_cfg_options={'model.type': 'D'}))


def test_hooks_may_be_named_by_class_or_scope(chain):
    root, _ = chain
    cfg = load_config(str(root / 'first.py'))
    expected = stage_outputs(cfg)
    cfg.custom_hooks[1]['type'] = AnSSHook
    cfg.custom_hooks[2]['type'] = 'mmpretrain.AnSSHook'
    assert stage_outputs(cfg) == expected


def test_the_stage_before_goes_without_a_folder_of_its_own(chain):
    root, second = chain
    with open(second, 'a') as file:
        file.write('del pretrain_work_dir')
    assert load_config(second).pretrain_work_dir == f'{root}/first'
    with open(root / 'first.py', 'a') as file:
        file.write('del work_dir')
    assert load_config(second).pretrain_work_dir == 'work_dirs/first'


def test_a_config_elsewhere_inherits_the_stage_before(chain):
    root, second = chain
    for folder, base in (('a', '../second.py'), ('b', '../a/child.py')):
        (root / folder).mkdir()
        (root / folder / 'child.py').write_text(f"_base_ = '{base}'\nwork_dir = '{root}/{folder}'")
    first, last = plan_stages(f'{root}/b/child.py', RunOptions())
    assert (first.work_dir, last.work_dir) == (f'{root}/first', f'{root}/b')
    (root / 'b/first.py').write_text("_base_ = '../first.py'\nmodel = dict(type='near')")
    assert plan_stages(f'{root}/b/child.py', RunOptions())[0].model.type == 'near'


def test_a_missing_output_runs_the_stage_before(chain):
    root, second = chain
    (root / 'some.pth').touch()
    options = RunOptions(
        work_dir='mine',
        resume=f'{root}/some.pth',
        cfg_options={'model.type': 'C'},
        pretrain_cfg_options={'model.type': 'D'},
    )
    first, last = plan_stages(second, options)
    assert (first.work_dir, last.work_dir) == (f'{root}/first', 'mine')
    assert (first.model.type, last.model.type) == ('D', 'C')
    assert first.resume and first.load_from is None
    assert last.resume and last.load_from == f'{root}/some.pth'


def test_a_finished_stage_is_left_out(chain):
    root, second = chain
    finish(root)
    stages = list(plan_stages(second, RunOptions()))
    assert [cfg.work_dir for cfg in stages] == [f'{root}/second']


def test_the_stage_before_moves_with_its_paths(chain):
    root, second = chain
    finish(root)
    options = RunOptions(pretrain_work_dir=str(root / 'moved'))
    first, last = plan_stages(second, options)
    assert first.work_dir == f'{root}/moved'
    assert last.model.weights == [f'{root}/moved/epoch_1.pth']
    assert last.model.other == f'{root}/firstborn/file'
    assert last.custom_hooks[0].tower.file == f'{root}/moved/epoch_1.pth'
    finish(root, 'moved')
    assert len(list(plan_stages(second, options))) == 1


def test_moving_nothing_is_an_error(chain):
    root, _ = chain
    with pytest.raises(ValueError, match='pretrain_config'):
        load_config(str(root / 'first.py'), RunOptions(pretrain_work_dir='elsewhere'))


def test_seeds_have_their_own_stages(chain):
    _, second = chain
    assert seed_options(second, 'all', 3) == RunOptions(
        work_dir='all/seed3/second',
        cfg_options={'randomness.seed': 3},
        pretrain_work_dir='all/seed3/first',
        pretrain_cfg_options={'randomness.seed': 3},
    )


def test_seeds_share_a_starting_point(chain):
    root, second = chain
    with open(root / 'first.py', 'a') as file:
        file.write('starting_point = True')
    assert seed_options(second, 'all', 3) == RunOptions(
        work_dir='all/seed3/second', cfg_options={'randomness.seed': 3}
    )
    assert seed_options(str(root / 'first.py'), 'all', 3) == RunOptions(
        work_dir='all/seed3/first', cfg_options={'randomness.seed': 3}
    )


def test_a_config_that_trains_nothing_runs_only_the_stage_before(chain, monkeypatch):
    root, second = chain
    with open(second, 'a') as file:
        file.write('train_cfg = None')
    ran = []
    monkeypatch.setattr(stages, '_run_stage', lambda cfg, *_: ran.append(cfg.work_dir))
    monkeypatch.setattr(handover, 'build_model', lambda cfg: None)
    assert stages.train(second) is None
    assert ran == [f'{root}/first']


def test_what_trains_is_not_tested_without_a_checkpoint(chain):
    root, second = chain
    with open(second, 'a') as file:
        file.write('train_cfg = dict(max_epochs=7)')
    with pytest.raises(ValueError, match=f'give one.*{root}.*epoch_7.pth'):
        stages.test(second)


@pytest.fixture
def quick(chain, monkeypatch):
    """A chain that trains, whose stages only note that they run."""
    with open(chain[1], 'a') as file:
        file.write('train_cfg = dict(max_epochs=1)')
    ran = []
    monkeypatch.setattr(stages, '_run_stage', lambda cfg, *_: ran.append(cfg.work_dir))
    monkeypatch.setattr(stages, 'check_plan', lambda stages: None)
    return *chain, ran


@pytest.mark.parametrize('folder', ['first', 'second'])
def test_a_folder_that_another_run_trains_in_is_refused(quick, folder):
    root, second, ran = quick
    with held(root / folder) as other:
        with pytest.raises(ValueError, match=f"{folder}' is in use: process {other.pid} on"):
            stages.train(second)
    assert ran == []
    stages.train(second)
    assert ran == [f'{root}/first', f'{root}/second']


def test_a_finished_stage_that_is_trained_again_is_refused(quick):
    root, second, ran = quick
    finish(root)
    with held(root / 'first'), pytest.raises(ValueError, match="first' is in use"):
        stages.train(second)
    stages.train(second)
    assert ran == [f'{root}/second']


def test_a_stage_that_another_run_finishes_meanwhile_is_not_trained_again(quick, monkeypatch):
    root, second, ran = quick
    monkeypatch.setattr(stages, 'check_plan', lambda stages: finish(root))
    with pytest.raises(ValueError, match='was finished in .*first by another run just now; start'):
        stages.train(second)
    assert ran == []


def test_a_stage_that_has_run_is_given_up(quick, monkeypatch):
    root, second, _ = quick
    holders = []
    monkeypatch.setattr(
        stages,
        '_run_stage',
        lambda *_: holders.append(sorted(p.parent.name for p in root.glob(f'*/{OWNER_FILE}'))),
    )
    stages.train(second)
    assert holders == [['first', 'second'], ['second']]
