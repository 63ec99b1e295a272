import hashlib
import subprocess

import pytest
from analysis_tools._results.work_folder import current_commit, describe_file, open_work_folder
from work_folders import LOG, STAGE1, STAGE2, write_work_folder

from vlltr_mm import __version__


@pytest.fixture
def folder(tmp_path):
    write_work_folder(tmp_path / 'stage1', STAGE1)
    text = STAGE2.replace('work_dirs', str(tmp_path))
    return write_work_folder(tmp_path / 'stage2', text)


def test_what_a_finished_folder_tells(folder, tmp_path):
    found = open_work_folder(folder)
    assert found.name == 'stage2' and found.seed == 7
    # The folder was moved: last_checkpoint names a place that is gone.
    assert found.checkpoint == tmp_path / 'stage2' / 'epoch_2.pth'
    assert found.hardware == '8 x NVIDIA A100-SXM4-80GB'
    assert found.hours == 1.5
    assert [stage.name for stage in found.stages] == ['stage1', 'stage2']


def test_the_seed_of_the_config_counts_more(tmp_path):
    text = STAGE1 + 'randomness = dict(seed=3)\n'
    assert open_work_folder(write_work_folder(tmp_path / 'stage1', text)).seed == 3


def test_hours_add_up_over_parts_and_over_new_year(tmp_path):
    folder = write_work_folder(tmp_path / 'stage1', STAGE1)
    part = tmp_path / 'stage1' / '20270102_000000'
    part.mkdir()
    # MMEngine writes no year; a test does not count.
    train = '12/31 23:45:00 - mmengine - Epoch(train)\n01/01 00:15:00 - mmengine - end\n'
    (part / '20261231_234500.log').write_text(train)
    (part / '20270103_000000.log').write_text(LOG.replace('(train)', '(test)'))
    assert open_work_folder(folder).hours == 2.0


def test_a_cpu_and_a_folder_without_logs(tmp_path):
    folder = write_work_folder(tmp_path / 'stage1', STAGE1, log='    GPU number: 1\n')
    found = open_work_folder(folder)
    assert (found.hardware, found.hours, found.seed) == ('1 x CPU', None, None)


def test_folders_that_tell_too_little(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'has no config \(\*.py\)'):
        open_work_folder(tmp_path / 'absent')
    (tmp_path / 'stage2' / 'other.py').write_text(STAGE1)
    with pytest.raises(ValueError, match=r"\['other.py', 'stage2.py'\]; say with --config"):
        open_work_folder(folder)
    assert open_work_folder(folder, config='configs/stage2.py').name == 'stage2'
    with pytest.raises(FileNotFoundError, match='has no third.py'):
        open_work_folder(folder, config='third')
    with pytest.raises(FileNotFoundError, match='epoch_9.pth.*--checkpoint'):
        open_work_folder(folder, 'stage2', checkpoint='epoch_9.pth')
    (tmp_path / 'stage2' / 'epoch_2.pth').unlink()
    with pytest.raises(FileNotFoundError, match='no checkpoint to test'):
        open_work_folder(folder, 'stage2')


def test_what_trains_nothing_needs_no_checkpoint(tmp_path):
    folder = write_work_folder(tmp_path / 'free', 'train_cfg = None\nrandomness = dict(seed=0)\n')
    (tmp_path / 'free' / 'epoch_2.pth').unlink()
    assert open_work_folder(folder).checkpoint is None


def test_a_file_is_described(tmp_path):
    (tmp_path / 'a.pth').write_bytes(b'weights')
    assert describe_file(tmp_path / 'a.pth') == dict(
        File='a.pth', Bytes=7, SHA256=hashlib.sha256(b'weights').hexdigest()
    )


def test_commit_and_whether_the_tree_differs(tmp_path):
    assert current_commit(tmp_path) == f'v{__version__}'  # no git
    (tmp_path / 'configs').mkdir()
    config = tmp_path / 'configs' / 'a.py'
    config.write_text('# Ours: not yet run.\nvalue = 1\n')

    def git(*args):
        command = ['git', '-c', 'user.name=a', '-c', 'user.email=a', '-C', tmp_path, *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git('init', '-q')
    git('add', '.')
    git('commit', '-qm', 'x', '--date=2020-01-01T00:00:00')
    commit = git('log', '-1', '--format=%h').strip()
    assert current_commit(tmp_path) == commit
    assert current_commit(tmp_path / 'configs') == f'v{__version__}'  # not its root
    config.write_text('# Ours: 70.1.\nvalue = 1\n')
    (tmp_path / 'README.md').write_text('other numbers')
    assert current_commit(tmp_path) == commit
    config.write_text('# Ours: 70.1.\nvalue = 2\n')
    assert current_commit(tmp_path) == f'{commit}-dirty'
    with pytest.raises(ValueError, match='1970-01-0.*before the commit.*--commit'):
        current_commit(tmp_path, trained=86400.0)
