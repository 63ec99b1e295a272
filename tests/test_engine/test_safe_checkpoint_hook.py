"""Whatever moment a run is killed at, its last checkpoint is whole and it goes on from there."""

import multiprocessing
import os
import re
import sys
from pathlib import Path

import pytest
import torch
from forked import METHOD
from line_runs import make_runner

from vlltr_mm.engine.hooks import SafeCheckpointHook
from vlltr_mm.utils.checkpoint import register_safe_loader
from vlltr_mm.utils.whole_path import whole_path

BEST = dict(save_best='mean', rule='less')  # improves with every epoch
KILLED = 9
_watch = []  # of accesses to files; an audit hook cannot be taken away


def _audit(event, args):
    wrote = event == 'open' and isinstance(args[1], str) and set('wax+') & set(args[1])
    if _watch and (wrote or event in ('os.remove', 'os.rename')) and _watch[0] in str(args[0]):
        _watch[1] -= 1
        if not _watch[1]:
            os._exit(KILLED)


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def strict_loader():
    register_safe_loader()


def runner_in(folder, resume=False, **hook):
    checkpoint = dict(type=SafeCheckpointHook, interval=1, max_keep_ckpts=1, **hook)
    return make_runner(folder, checkpoint=checkpoint, resume=resume)


def in_a_child(function, *args, access=None):
    """Run a function in another process, which may be killed before an access to a file.

    It is forked from a server, not from here: where a test has started threads
    of autograd, a child of its process cannot train.
    """
    child = multiprocessing.get_context(METHOD).Process(target=_run, args=(function, args, access))
    child.start()
    child.join()
    return child.exitcode


def _run(function, args, access):
    register_safe_loader()
    if access:
        _watch[:] = [str(args[0]), access]
    function(*args)


def train_in(folder, resume=False):
    runner_in(folder, resume, **BEST).train()


def checkpoints(folder):
    """All files of a run but the config that the host writes."""
    return sorted(p.name for p in Path(folder).iterdir() if p.is_file() and p.suffix != '.py')


def weights(folder, name='epoch_4.pth'):
    content = torch.load(Path(folder, name), weights_only=False)
    return [content['state_dict'], content.get('optimizer')]


def assert_same(one, other):
    torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.mark.slow
def test_killed_at_any_access_it_resumes(tmp_path):
    whole = tmp_path / 'whole'
    assert in_a_child(train_in, whole) == 0
    names, expected = checkpoints(whole), weights(whole)
    assert names[-2:] == ['epoch_4.pth', 'last_checkpoint'] and names[0].startswith('best_')
    survived = 0
    for access in range(9, 80, 14):
        folder = tmp_path / f'killed_{access}'
        code = in_a_child(train_in, folder, access=access)
        if code == 0:
            break
        assert code == KILLED
        assert in_a_child(train_in, folder, True) == 0
        assert checkpoints(folder) == names
        assert_same(weights(folder), expected)
        survived += 1
    assert survived == 6


def test_the_former_goes_after_the_new_one_is_named(tmp_path, monkeypatch):
    seen = []
    for name in ('replace', 'remove'):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, n=name, f=real: f(*a) or seen.append((n, Path(a[-1]).name))
        )
    runner_in(tmp_path).train()
    assert seen[:5] == [
        ('replace', 'epoch_1.pth'),
        ('replace', 'last_checkpoint'),
        ('replace', 'epoch_2.pth'),
        ('replace', 'last_checkpoint'),
        ('remove', 'epoch_1.pth'),
    ]
    assert checkpoints(tmp_path) == ['epoch_4.pth', 'last_checkpoint']


def test_a_full_disk_keeps_the_former(tmp_path, monkeypatch):
    from vlltr_mm.engine.hooks import safe_checkpoint_hook

    def full(path):
        if path.endswith('epoch_3.pth'):
            raise OSError(28, 'No space left on device')
        return whole_path(path)

    monkeypatch.setattr(safe_checkpoint_hook, 'whole_path', full)
    with pytest.raises(OSError, match='No space left'):
        runner_in(tmp_path).train()
    assert checkpoints(tmp_path) == ['epoch_2.pth', 'last_checkpoint']
    monkeypatch.undo()
    runner_in(tmp_path, resume=True).train()
    assert checkpoints(tmp_path) == ['epoch_4.pth', 'last_checkpoint']


def changed_info(path, **info):
    """Write a checkpoint again with other values in its message hub."""
    content = torch.load(path, weights_only=False)
    content['message_hub']['runtime_info'].update(info)
    for key in info:
        content['message_hub']['resumed_keys'][key] = True
    torch.save(content, path)


@pytest.fixture
def half(tmp_path):
    """A run of four epochs that has done two, beside files that are none of its own."""
    folder = tmp_path / 'run'
    runner = runner_in(folder, **BEST)
    runner.train_loop._max_epochs = 2
    runner.train()
    for path in ('epoch_9.pth', 'best_x.pth', 'run/best_notes.txt', 'run/keep.pth', 'deep/a.pth'):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text('mine')
    return folder


def others(folder):
    return {p for p in folder.parent.rglob('*') if p.is_file() and p.read_bytes() == b'mine'}


@pytest.mark.parametrize(
    'info, warning',
    [
        (dict(best_ckpt='{0}/epoch_9.pth'), None),  # one of this folder's names
        (dict(best_ckpt='{0}/best_x.pth'), 'names .*best_x.pth. as the best one, which is none of'),
        (dict(best_ckpt='{0}/run/best_notes.txt'), 'best_notes.txt. as the best one'),
        (dict(best_ckpt='{0}/run/../deep'), 'is left alone'),
        (dict(best_ckpt='{0}/run/..'), 'is left alone'),
        (dict(best_ckpt=3), 'is left alone'),
        (dict(keep_ckpt_ids=['9/../../epoch_9', 1, 2]), 'else than epochs'),
        (dict(keep_ckpt_ids=['../../../best_x', 1]), 'none of them will be removed'),
        (dict(keep_ckpt_ids='12'), 'none of them will be removed'),
        (dict(outdated_checkpoints=['../epoch_9.pth', '../deep', 'keep.pth', '', 3, '/']), None),
        (dict(outdated_checkpoints=['../run/../epoch_9.pth', 'best_notes.txt']), None),
    ],
)
def test_nothing_but_its_own_checkpoints_is_removed(half, monkeypatch, caplog, info, warning):
    info = {
        key: value.format(half.parent) if isinstance(value, str) else value
        for key, value in info.items()
    }
    changed_info(half / 'epoch_2.pth', best_score=1e9, **info)
    before = others(half)
    said = []
    from vlltr_mm.engine.hooks import safe_checkpoint_hook

    monkeypatch.setattr(safe_checkpoint_hook, 'print_log', lambda text, *a, **k: said.append(text))
    runner_in(half, resume=True, **BEST).train()
    assert others(half) == before
    assert Path(half, 'epoch_4.pth').is_file()
    if warning:
        assert re.search(warning, ' '.join(said))


def test_what_a_kill_left_goes_on_resume(half):
    left = [half / 'epoch_1.pth', half / 'epoch_3.pth.host-1.vlltr_mm.tmp']
    for path in left:
        path.write_text('half')
        os.utime(path, (0, 0))
    changed_info(half / 'epoch_2.pth', outdated_checkpoints=['epoch_1.pth'])
    runner = runner_in(half, resume=True)
    runner.train_loop._max_epochs = 2
    runner.train()
    assert not any(path.exists() for path in left)
    assert (half / 'epoch_2.pth').is_file() and (half / 'keep.pth').is_file()


def test_a_remote_folder_is_left_to_the_host(tmp_path):
    hook = SafeCheckpointHook(out_dir=str(tmp_path / 'there'), file_client_args=None, interval=1)
    runner = make_runner(tmp_path / 'run', checkpoint=dict(type='CheckpointHook'))
    from mmengine.fileio import LocalBackend, register_backend

    class Remote(LocalBackend):
        written = []

        def put(self, obj, filepath):
            self.written.append(filepath)

    register_backend('vlltr_test_remote', Remote, force=True)
    hook.backend_args = dict(backend='vlltr_test_remote')
    runner.register_hook(hook, 'LOWEST')
    runner.train()
    assert [Path(path).name for path in Remote.written] == [f'epoch_{n}.pth' for n in (1, 2, 3, 4)]
    assert hook.backend_args == dict(backend='vlltr_test_remote')


def test_published_files_hold_the_published_keys(tmp_path):
    hook = dict(published_keys=['state_dict', 'meta'], **BEST)
    runner_in(tmp_path, **hook).train()
    last, best = tmp_path / 'epoch_4.pth', next(tmp_path.glob('best_*_?.pth'))
    for path in (last, best):
        published = next(tmp_path.glob(f'{path.stem}-????????.pth'))
        whole, part = (torch.load(file, weights_only=False) for file in (path, published))
        assert list(part) == ['meta', 'state_dict']
        assert_same(part['state_dict'], whole['state_dict'])
