import numpy as np
import pytest
import yaml
from analysis_tools._results.metafile import Metafile

TEXT = """# A comment
# of two lines.
Models:
- Name: row_shapes_lt
  In Collection: VL-LTR
  Config: configs/row_shapes_lt.py
  Metadata: {Training Data: shapes_lt}
"""
RESULT = """  Results:
  - {{Metrics: {{Few: {}}}, Seeds: [0], Commit: abc}}
"""


@pytest.fixture
def metafile(tmp_path):
    configs = tmp_path / 'configs'
    (configs / '_base_').mkdir(parents=True)
    (configs / 'row_shapes_lt.py').touch()
    (configs / '_base_' / 'base.py').touch()
    (configs / 'metafile.yml').write_text(TEXT)
    return Metafile(configs / 'metafile.yml')


def run(seed, top1, **more):
    return dict(Seed=seed, Metrics={'Top 1 Accuracy': top1, **more})


def common(commit, **more):
    return dict(Commit=commit, Epochs=5, Command=None, **more)


def test_one_run_then_three_seeds_in_any_order(metafile):
    first = metafile.add_run('row_shapes_lt', run(2, 70.0, Few=10.0), common('abc'))
    assert first['Metrics'] == {'Top 1 Accuracy': 70.0, 'Few': 10.0}
    assert 'Deviation' not in first and first['Seeds'] == [2] and 'Command' not in first
    metafile.add_run('configs/row_shapes_lt.py', run(0, 72.0, Few=14.0), common('abc'))
    metafile.add_run('row_shapes_lt', run(1, 71.0), common('abc'))
    metafile.save()
    (result,) = Metafile(metafile.path).find('row_shapes_lt')['Results']
    assert result['Seeds'] == [0, 1, 2]
    # The mean and the sample deviation of 70, 71, 72; one seed has no few.
    assert result['Metrics'] == {'Top 1 Accuracy': 71.0}
    assert result['Deviation'] == {'Top 1 Accuracy': 1.0}
    assert [one['Metrics'].get('Few') for one in result['Runs']] == [14.0, None, 10.0]


def test_the_same_seed_of_the_same_commit_is_replaced(metafile):
    metafile.add_run('row_shapes_lt', run(0, 70.0), common('abc'))
    result = metafile.add_run('row_shapes_lt', run(0, 60.0), common('abc'))
    assert result['Seeds'] == [0] and result['Metrics'] == {'Top 1 Accuracy': 60.0}


def test_another_commit_needs_leave(metafile):
    metafile.add_run('row_shapes_lt', run(0, 70.0), common('abc'))
    metafile.add_run('row_shapes_lt', run(1, 70.0), common('abc'))
    with pytest.raises(ValueError, match='has a result of commit abc .* is of xyz. --replace'):
        metafile.add_run('row_shapes_lt', run(0, 60.0), common('xyz'))
    result = metafile.add_run('row_shapes_lt', run(0, 60.0), common('xyz'), replace=True)
    assert result['Seeds'] == [0] and result['Commit'] == 'xyz'


def test_a_result_that_keeps_no_runs_is_not_mixed(metafile):
    metafile.find('row_shapes_lt')['Results'] = [
        dict(Metrics={'Top 1 Accuracy': 50.0}, Seeds=[0, 1], Commit='abc')
    ]
    with pytest.raises(ValueError, match='--replace'):
        metafile.check_free('row_shapes_lt', 'abc')


def test_comment_and_form_are_kept(metafile):
    metafile.add_run('row_shapes_lt', run(0, np.float64(70.0).item()), common('1234567'))
    metafile.save()
    text = metafile.path.read_text()
    assert text.startswith('# A comment\n# of two lines.\nModels:\n')
    assert "Commit: '1234567'" in text  # not a number
    assert yaml.safe_load(text)['Models'] == metafile.models


def test_new_and_moved_configs(metafile):
    configs = metafile.configs
    (configs / 'demo').mkdir()
    (configs / 'row_shapes_lt.py').rename(configs / 'demo' / 'row_shapes_lt.py')
    (configs / 'other_inat18.py').touch()
    metafile.list_new()
    assert [(m['Name'], m['Config'], m['Metadata']) for m in metafile.models] == [
        ('row_shapes_lt', 'configs/demo/row_shapes_lt.py', {'Training Data': 'shapes_lt'}),
        ('other_inat18', 'configs/other_inat18.py', {'Training Data': 'iNaturalist 2018'}),
    ]


def test_unknown_configs_are_named(metafile):
    with pytest.raises(ValueError, match="lists no config 'mine'.*results.py write"):
        metafile.find('work/mine.py')


@pytest.mark.parametrize(
    'text, message',
    [
        ('Models: [', 'no YAML'),
        ('a: 1', "'Models'"),
        (TEXT + TEXT[TEXT.index('- Name') :], 'twice'),
        (TEXT + '  Config: other.py', '(?s)metafile.yml is no YAML .*a key stands twice'),
        ('a: !!bool x', 'metafile.yml is no YAML'),
        ('a: 2001-99-99', 'metafile.yml is no YAML .*month must be in'),
        ('[' * 1200, 'metafile.yml is no YAML .*recursion'),
        ('Models: 5', 'metafile.yml, Models is 5; it must be a list'),
        (
            TEXT.replace('row_shapes_lt\n', '7\n', 1),
            r'Models\[0\], Name is 7; it must be some text',
        ),
        (TEXT.replace('  Metadata', '  Meta'), r"Models\[0\] has no 'Metadata'"),
        (TEXT + '  Results: 1', r'Models\[0\], Results is 1; it must be a list'),
        (TEXT + RESULT.format(999), 'Metrics, Few is 999; it must be a finite number in 0 .. 100'),
        (TEXT + RESULT.format('.nan'), 'Metrics, Few is nan'),
        (TEXT + RESULT.format('yes'), 'Metrics, Few is True'),
    ],
)
def test_broken_files(tmp_path, text, message):
    (tmp_path / 'metafile.yml').write_text(text)
    with pytest.raises(ValueError, match=message):
        Metafile(tmp_path / 'metafile.yml')
    with pytest.raises(FileNotFoundError, match='absent.yml does not exist'):
        Metafile(tmp_path / 'absent.yml')
