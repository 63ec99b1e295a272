import json
import math
import shutil
import zipfile

import pytest
from analysis_tools._results import Metafile, add_folder, add_pack, adding
from forked import run_tool
from repo import REPO
from tiny_runs import write_tiny_runs
from work_folders import STAGE1, STAGE2, write_checkout, write_work_folder

from vlltr_mm.apis import RunOptions, train

ACCURACY = {'accuracy/top1': 71.23456, 'accuracy/many': 80.0, 'accuracy/few': math.nan}
NAMED = {'Top 1 Accuracy': 71.2346, 'Many': 80.0}


@pytest.fixture
def tests(monkeypatch):
    """Stand for ``test`` and keep what it was asked."""
    asked = []

    def test(path, checkpoint, options):
        asked.append((path, checkpoint))
        return ACCURACY

    monkeypatch.setattr(adding, 'test', test)
    return asked


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    metafile = write_checkout(tmp_path)
    write_work_folder(tmp_path / 'work_dirs' / 'stage1', STAGE1)
    write_work_folder(tmp_path / 'work_dirs' / 'stage2', STAGE2)
    return metafile


def test_a_run_and_where_it_comes_from(checkout, tests):
    result, pack = add_folder('work_dirs/stage2', checkout, commit='abc', command='python x.py')
    assert tests == [('work_dirs/stage2/stage2.py', 'work_dirs/stage2/epoch_2.pth')]
    assert result['Metrics'] == NAMED
    assert (result['Seeds'], result['Epochs']) == ([7], 5)
    assert (result['Commit'], result['Command']) == ('abc', 'python x.py')
    (run,) = result['Runs']
    assert run['Hours'] == dict(stage1=1.5, stage2=1.5)
    assert run['Log'] == 'stage2/20261231_233000/20261231_233000.log'
    assert run['Checkpoint']['Bytes'] == 7 and 'Changed' not in run
    assert checkout.find('stage2')['Results'] == [result]
    with zipfile.ZipFile(pack) as opened:
        names = set(opened.namelist())
        assert json.loads(opened.read('result.json'))['run'] == run
    stages = {f'{s}/{f}' for s in ('stage1', 'stage2') for f in (f'{s}.py', run['Log'][7:])}
    assert names == stages | {'result.json', 'stage2/tested.json'}


def test_a_checkpoint_is_tested_once(checkout, tests, tmp_path):
    add_folder('work_dirs/stage2', checkout, commit='abc')
    add_folder('work_dirs/stage2', checkout, commit='abc')
    assert len(tests) == 1
    (tmp_path / 'work_dirs' / 'stage2' / 'epoch_2.pth').write_bytes(b'others')
    add_folder('work_dirs/stage2', checkout, commit='abc')
    assert len(tests) == 2


def test_the_record_of_a_comparison_is_taken(checkout, tests, tmp_path):
    record = dict(accuracy=dict(top1=50.0, many=60.0, medium=None, few=40.0))
    (tmp_path / 'work_dirs' / 'stage2' / 'metrics.json').write_text(json.dumps(record))
    result, _ = add_folder('work_dirs/stage2', checkout, commit='abc')
    assert result['Metrics'] == {'Top 1 Accuracy': 50.0, 'Many': 60.0, 'Few': 40.0}
    assert tests == []


def test_settings_that_differ_are_told(checkout, tests):
    text = STAGE2.replace(
        "dict(batch_size=8, dataset=dict(data_root='data'))", 'dict(batch_size=4)'
    )
    write_work_folder('other/stage2', text.replace('max_epochs=2', 'max_epochs=9'))
    result, _ = add_folder('other/stage2', checkout, commit='abc')
    changed = {'train_cfg.max_epochs': 9, 'train_dataloader.batch_size': 4}
    assert result['Runs'][0]['Changed'] == changed


def test_what_a_comparison_adds_and_moves_is_not_told(checkout, tests, tmp_path):
    """The writer of predictions, and the folder of stored features."""
    recipe = tmp_path / 'configs' / 'stage2.py'
    features = "features = '{}'\nfile = f'{{features}}/train.safetensors'\n"
    metric = "dict(type='ClassSplitAccuracy', thresholds=(8, 30))"
    recipe.write_text(STAGE2 + features.format('data/x') + f'test_evaluator = {metric}\n')
    ran = f"{features.format('draw0')}features_digest = 'd'\n"
    ran += f"test_evaluator = [{metric}, dict(type='PredictionCSV', path='p.csv')]\n"
    write_work_folder('other/stage2', STAGE2 + ran)
    result, _ = add_folder('other/stage2', checkout, commit='abc')
    assert 'Changed' not in result['Runs'][0]


def test_what_is_refused_is_refused_before_the_test(checkout, tests):
    add_folder('work_dirs/stage2', checkout, commit='abc')
    tests.clear()
    with pytest.raises(ValueError, match='result of commit abc'):
        add_folder('work_dirs/stage2', checkout, commit='xyz')
    write_work_folder('other/stranger', STAGE1)
    with pytest.raises(ValueError, match="lists no config 'stranger'"):
        add_folder('other/stranger', checkout)
    write_work_folder('no_log/stage1', STAGE1, log='')
    with pytest.raises(ValueError, match='tells no seed'):
        add_folder('no_log/stage1', checkout, commit='abc')
    assert tests == []


def test_a_test_without_accuracy(checkout, monkeypatch):
    monkeypatch.setattr(adding, 'test', lambda *args: {'image/top1': 5.0})
    with pytest.raises(ValueError, match=r"stage1 gives \['image/top1'\], but no accuracy/top1"):
        add_folder('work_dirs/stage1', checkout, commit='abc')


def test_a_pack_adds_the_same_elsewhere(checkout, tests, tmp_path):
    result, pack = add_folder('work_dirs/stage2', checkout, commit='abc')
    elsewhere = write_checkout(tmp_path / 'elsewhere')
    assert add_pack(pack, elsewhere) == result
    with pytest.raises(ValueError, match='result of commit abc'):
        elsewhere.check_free('stage2', 'xyz')


def test_files_that_are_no_pack(checkout, tmp_path):
    (tmp_path / 'text.zip').write_text('no zip')
    with zipfile.ZipFile(tmp_path / 'empty.zip', 'w'):
        pass
    with zipfile.ZipFile(tmp_path / 'other.zip', 'w') as other:
        other.writestr('result.json', '[1]')
    for name, message in (
        ('text', 'is no pack'),
        ('empty', 'is no pack'),
        ('other', r'is \[1\]; it must be an object of keys'),
    ):
        with pytest.raises(ValueError, match=f'{name}.zip {message}'):
            add_pack(f'{name}.zip', checkout)


@pytest.mark.parametrize(
    'key, value, message',
    [
        ('run', dict(Seed=-1, Metrics={}), 'run, Seed is -1; it must be a whole number'),
        ('run', dict(Seed=0, Metrics={'Few': 999}), 'run, Metrics, Few is 999; .* in 0 .. 100'),
        ('run', [1], r'run is \[1\]; it must be an object'),
        ('common', dict(Commit=5), 'common.Commit is 5; it must be some text'),
        ('common', dict(Commit='abc', Epochs='5'), "common.Epochs is '5'"),
        ('config', None, 'config is None; it must be some text'),
    ],
)
def test_packs_of_odd_facts(checkout, tmp_path, key, value, message):
    facts = dict(config='stage2', run=dict(Seed=0, Metrics={}), common=dict(Commit='abc'))
    with zipfile.ZipFile(tmp_path / 'odd.zip', 'w') as pack:
        pack.writestr('result.json', json.dumps(dict(facts, **{key: value})))
    with pytest.raises(ValueError, match=f'odd.zip, {message}'):
        add_pack('odd.zip', checkout)


def test_a_pack_that_unfolds_to_too_much(checkout, tmp_path):
    with zipfile.ZipFile(tmp_path / 'bomb.zip', 'w', 8) as pack:
        pack.writestr('result.json', ' ' * 2**21)
    with pytest.raises(ValueError, match='bomb.zip is no pack .*over 1048576 characters'):
        add_pack('bomb.zip', checkout)


@pytest.mark.parametrize(
    'file, content, message',
    [
        ('metrics.json', dict(accuracy=dict(top1=999, many=1, medium=1, few=1)), 'top1 is 999'),
        ('metrics.json', dict(accuracy=5), 'accuracy is 5; it must be an object'),
        ('tested.json', [1], r'tested.json is \[1\]; it must be an object'),
    ],
)
def test_a_work_folder_with_odd_accuracies(checkout, tests, tmp_path, file, content, message):
    (tmp_path / 'work_dirs/stage2' / file).write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        add_folder('work_dirs/stage2', checkout, commit='abc')


@pytest.mark.slow
def test_a_real_run_from_the_command_line(tmp_path):
    root, runs = tmp_path / 'checkout', tmp_path / 'runs'
    metafile = write_checkout(root)
    for path in write_tiny_runs(tmp_path):
        shutil.copy(path, root / 'configs')
    (root / 'README.md').write_text(
        '<!-- results -->\n| ours | config |\n|---|---|\n| | `stage2.py` |\n<!-- /results -->\n'
    )
    tool = [REPO / 'tools' / 'analysis_tools' / 'results.py', '--metafile', metafile.path]
    added = run_tool(*tool, 'add', root / 'configs' / 'stage2.py', cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    (result,) = Metafile(metafile.path).find('stage2')['Results']
    (run,) = result['Runs']
    assert result['Seeds'] == [0] and result['Epochs'] == 4 and 'Changed' not in run
    assert run['Hardware'].endswith('CPU') and set(run['Hours']) == {'stage1', 'stage2'}
    assert result['Command'].endswith('configs/stage2.py')
    assert (runs / 'stage2').glob('stage2_seed0_v*.zip')
    printed = f'{result["Metrics"]["Top 1 Accuracy"]:.1f} ('
    assert f'| {printed}' in (root / 'README.md').read_text()
    assert run_tool(*tool, 'check').returncode == 0
    # Another seed, of a finished folder.
    train(
        str(root / 'configs' / 'stage2.py'),
        RunOptions(work_dir=str(runs / 'again'), cfg_options={'randomness.seed': 1}),
    )
    assert run_tool(*tool, 'add', runs / 'again').returncode == 0
    (result,) = Metafile(metafile.path).find('stage2')['Results']
    assert result['Seeds'] == [0, 1] and 'Top 1 Accuracy' in result['Deviation']
    assert run_tool(*tool, 'add', tmp_path).returncode == 1
