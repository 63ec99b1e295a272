"""Every reader takes good files, and of damaged ones says which file is wrong and why.

`make fuzz` does the same with more inputs and other seeds.
"""

import hypothesis
import pytest
from fuzz_readers import READERS
from fuzz_trials import SPECIAL, bounded, prepare, try_input

_FAULTS = ('raw', 'odd', 'hang')
# What is damaged may make torch, numpy or csv warn.
pytestmark = pytest.mark.filterwarnings('ignore')


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """A folder with good files for each reader, by its name."""
    return {name: tmp_path_factory.mktemp('reader') for name in READERS}


@pytest.mark.parametrize('name', READERS)
def test_good_files_load(name, folders):
    reader = READERS[name]
    folder = prepare(reader, folders[name])
    arguments = () if reader.file else (reader.good,)
    with bounded():
        assert reader.known(reader.read(folder, *arguments))


@pytest.mark.parametrize('name', [name for name in READERS if READERS[name].file])
def test_what_is_no_such_file_at_all(name, folders):
    folder = prepare(READERS[name], folders[name])
    for content in SPECIAL:
        outcome = try_input(READERS[name], folder, content)
        assert outcome.kind not in _FAULTS, (content, outcome)


@pytest.mark.slow
@pytest.mark.parametrize('name', READERS)
def test_damaged_files(name, folders):
    reader, folder = READERS[name], prepare(READERS[name], folders[name])

    @hypothesis.settings(
        max_examples=40,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(reader.inputs)
    def check(content):
        outcome = try_input(reader, folder, content)
        assert outcome.kind not in _FAULTS, outcome

    check()


def test_a_hang_and_a_flood_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr('fuzz_trials.SECONDS', 0.2)
    reader = READERS['taus as an argument']
    monkeypatch.setattr(reader, 'read', lambda folder, value: [0 for _ in iter(int, 1)])
    assert try_input(reader, tmp_path, []).kind == 'hang'
    monkeypatch.setattr(reader, 'read', lambda folder, value: bytearray(2**31))
    outcome = try_input(reader, tmp_path, [])
    assert outcome.kind == 'raw' and 'MemoryError' in outcome.why


@pytest.mark.parametrize(
    'error, kind',
    [
        (ValueError('taus is odd'), 'refused'),
        (ValueError('odd'), 'raw'),
        (KeyError('taus'), 'raw'),
        (UnicodeError('taus'), 'raw'),
        (ValueError('taus \ud800'), 'raw'),
        (ValueError('taus' * 10_000), 'raw'),
    ],
)
def test_only_errors_that_help_count_as_refusals(tmp_path, monkeypatch, error, kind):
    reader = READERS['taus as an argument']

    def fail(folder, value):
        raise error

    monkeypatch.setattr(reader, 'read', fail)
    assert try_input(reader, tmp_path, []).kind == kind
