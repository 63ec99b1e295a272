"""Runs of one process do not share what MMEngine names by config and second."""

import time

from mmengine.config import Config
from tiny_runs import write_tiny_runs

from vlltr_mm.apis.running import building

_strftime, _local = time.strftime, time.localtime


def test_two_runs_of_one_second_have_names_of_their_own(tmp_path, monkeypatch):
    """The clock stands still until somebody waits for it."""
    now, waits = [time.time()], []

    def wait(seconds):
        waits.append(seconds)
        now[0] += 1

    monkeypatch.setattr(time, 'time', lambda: now[0])
    monkeypatch.setattr(time, 'sleep', wait)
    monkeypatch.setattr(time, 'strftime', lambda form, t=None: _strftime(form, t or _local(now[0])))
    stage1, _ = write_tiny_runs(tmp_path)
    runners = []
    for number in range(2):
        cfg = Config.fromfile(stage1)
        cfg.work_dir = str(tmp_path / str(number))
        runners.append(building.build_runner(cfg))
    first, second = runners
    assert first.experiment_name != second.experiment_name and len(waits) == 1
    first.message_hub.update_info('keep_ckpt_ids', [1])
    assert 'keep_ckpt_ids' not in second.message_hub.runtime_info
