"""What a benchmark times is right, and its numbers are what they say."""

import json
import re
import subprocess
import sys
import time
from functools import partial

import pytest
import torch
from finished_models import write_finished
from repo import REPO

FOLDER = REPO / 'tools' / 'benchmarks'


@pytest.fixture
def tools(monkeypatch):
    """Import the benchmarks as their own folder's scripts do."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import _measure
    import additive_head
    import anss
    import lgr_head

    return dict(measure=_measure, additive=additive_head, anss=anss, lgr_head=lgr_head)


@pytest.mark.parametrize('dtype', [None, 'float16', 'bfloat16'])
@pytest.mark.parametrize('train', [False, True])
def test_forms_of_the_head_agree(tools, train, dtype):
    lgr_head = tools['lgr_head']
    case = lgr_head.Case(4, 7, 5, 16, train=train, dtype=dtype)
    trial = lgr_head.build(case, 'cpu')
    assert trial.difference() <= trial.tolerance
    assert set(trial.forms) == {'plain', 'ours'} | (set() if dtype else {'bare'})
    for form in trial.forms.values():
        form()


def test_both_heads_of_a_step_share_their_language(tools):
    additive = tools['additive']
    trial = additive.build(additive.Case(4, 7, 5, 16), 'cpu')
    assert trial.difference() == trial.tolerance == 0
    heads = [form.args[0] for form in trial.forms.values()]
    starts = [[p.detach().clone() for p in head.parameters()] for head in heads]
    for form, head, start in zip(trial.forms.values(), heads, starts):
        for _ in range(2):
            form()
        moved = [not torch.equal(p, before) for p, before in zip(head.parameters(), start)]
        assert moved == [p.requires_grad for p in head.parameters()]


@pytest.mark.parametrize('dtype', [None, 'bfloat16'])
def test_forms_of_anss_agree(tools, dtype):
    anss = tools['anss']
    trial = anss.build(anss.Case(130, 210, 16, dtype), 'cpu')
    assert trial.difference() <= trial.tolerance
    plain, ours = (trial.forms[name]() for name in ('plain', 'ours'))
    assert (plain - ours).abs().max() <= trial.tolerance


def test_ratio_is_of_the_rounds(tools):
    # A round that is slow for both, as on a busy machine, changes nothing.
    assert tools['measure'].ratio([4.0, 40.0, 6.0], [2.0, 20.0, 2.0]) == 2


def test_forms_take_turns(tools):
    calls = []
    times = tools['measure'].interleaved(
        dict(a=lambda: calls.append('a'), b=lambda: calls.append('b')), 2
    )
    assert calls == ['a', 'b'] * 3  # the first call of each is not timed
    assert [len(times[name]) for name in 'ab'] == [2, 2]
    assert min(times['a']) > 0


def test_results_are_stored(tools, tmp_path, capsys):
    measure = tools['measure']
    out = tmp_path / 'out.json'
    args = measure.parser('').parse_args(['--no-memory', '--device', 'cpu', '--json', str(out)])
    trial = measure.Trial(dict(plain=lambda: None, ours=lambda: None), lambda: 1e-6, 1e-5)
    measure.run(args, 'script', 'title', dict(case=lambda: trial))
    (row,) = json.loads(out.read_text())['rows']
    assert row['ratio'] > 0 and row['difference'] == 1e-6
    assert 'case' in capsys.readouterr().out


def test_a_wrong_result_is_not_timed(tools):
    measure = tools['measure']
    args = measure.parser('').parse_args(['--no-memory'])
    trial = measure.Trial(dict(ours=pytest.fail), lambda: float('nan'), 1e-5)
    with pytest.raises(SystemExit, match='case: ours differs by nan from'):
        measure.run(args, 'script', 'title', dict(case=lambda: trial))


def test_memory_is_of_the_call_alone():
    code = (
        'import json, torch, _measure; kept = torch.ones(2**24); '
        'gone = torch.ones(2**25); del gone; '
        'print(json.dumps(_measure.peak_mib('
        'lambda: torch.ones(3 * 2**23), "cpu")))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=FOLDER, check=True, stdout=subprocess.PIPE
    )
    memory = json.loads(done.stdout)
    # 64 MiB kept, 96 MiB made in the call. The kernel counts pages in lots,
    # and code is loaded besides: a few MiB either way.
    assert 92 < memory['above_mib'] < 112
    assert memory['peak_mib'] > 64 + 92


def test_processor_time_is_that_of_this_process(tools):
    measure = tools['measure']
    asleep = dict(form=partial(time.sleep, 0.05))
    assert measure.interleaved(asleep, 1)['form'][0] >= 0.05
    assert measure.interleaved(asleep, 1, clock=time.process_time)['form'][0] < 0.04


def test_predictions_are_timed_with_and_without_attention(tools, tmp_path, monkeypatch, capsys):
    import prediction

    config, checkpoint = write_finished(tmp_path)
    images = str(tmp_path / 'data' / 'test')
    given = [config, checkpoint, images, '--repeats', '1', '--most', '4']
    monkeypatch.setattr(sys, 'argv', ['prediction.py', *given])
    prediction.main()
    assert re.match(r'4 images: .* s without, .* with / without \d', capsys.readouterr().out)
