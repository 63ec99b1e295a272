"""The predictions' file, from one process and from two."""

import pytest
import torch
from dist_utils import run_ranks
from mmpretrain.registry import METRICS
from mmpretrain.structures import DataSample

from vlltr_mm.evaluation import PredictionCSV, load_predictions, read_predictions
from vlltr_mm.evaluation.metrics.prediction_csv import read_sample_indices


def data():
    generator = torch.Generator().manual_seed(0)
    return (torch.rand(11, 3, generator=generator), torch.randint(0, 3, (11,), generator=generator))


def evaluate(path, rows, indexed=True, as_labels=False, softmax=False):
    scores, labels = data()
    scores = scores.softmax(dim=1) if softmax else scores
    metric = PredictionCSV(str(path))
    for row in rows:
        sample = DataSample().set_gt_label(int(labels[row]))
        if as_labels:
            sample.set_pred_label(scores[row].argmax())
        else:
            sample.set_pred_score(scores[row])
        if indexed:
            sample.set_metainfo(dict(sample_idx=row))
        metric.process(None, [sample.to_dict()])
    return metric.evaluate(11)


@pytest.mark.parametrize('as_labels', [True, False])
def test_lines(tmp_path, as_labels):
    path = tmp_path / 'new' / 'p.csv'
    assert evaluate(path, range(11), as_labels=as_labels) == {}
    scores, labels = data()
    expected = ['label,predicted,index'] + [
        f'{labels[i]},{scores[i].argmax()},{i}' for i in range(11)
    ]
    assert path.read_text().splitlines() == expected
    got_labels, got_predicted = read_predictions(str(path))
    assert got_labels.tolist() == labels.tolist()
    assert got_predicted.tolist() == scores.argmax(1).tolist()
    assert [p.name for p in path.parent.iterdir()] == ['p.csv']


def test_no_index_column_without_indices(tmp_path):
    evaluate(tmp_path / 'p.csv', range(11), indexed=False)
    assert (tmp_path / 'p.csv').read_text().startswith('label,predicted\n')


def test_sample_indices(tmp_path):
    path = str(tmp_path / 'p.csv')
    evaluate(path, [3, 0, 7])
    assert read_sample_indices(path).tolist() == [3, 0, 7]
    evaluate(path, range(11), indexed=False)
    assert read_sample_indices(path) is None


@pytest.mark.parametrize('index', ['x', '', '-1', '4'])
def test_damaged_sample_indices(tmp_path, index):
    path = tmp_path / 'p.csv'
    path.write_text(f'label,predicted,index\n0,0,4\n0,0,{index}\n')
    with pytest.raises(ValueError, match="the column 'index' must hold a whole number"):
        read_sample_indices(str(path))


def evaluate_rank(rank, world_size, path):
    # As DefaultSampler does: the last rank gets the first sample once more.
    return evaluate(path, [*range(11), 0][rank::world_size], softmax=True)


def evaluate_scores(path, scores):
    metric = PredictionCSV(str(path))
    for n, score in enumerate(scores):
        sample = DataSample().set_gt_label(0).set_pred_score(score)
        metric.process(None, [dict(sample.to_dict(), sample_idx=n)])
    metric.evaluate(len(scores))
    return load_predictions(str(path))


def test_confidence(tmp_path):
    scores = torch.tensor([[0.25, 0.5, 0.25], [1e-9, 1.0, 0.0], [0.1, 0.2, 0.7]])
    found = evaluate_scores(tmp_path / 'p.csv', scores)
    assert (tmp_path / 'p.csv').read_text() == (
        'label,predicted,index,confidence\n0,1,0,0.5\n0,1,1,1\n0,2,2,0.7\n'
    )
    assert found.labels.tolist() == [0, 0, 0] and found.predicted.tolist() == [1, 1, 2]
    assert found.indices.tolist() == [0, 1, 2]
    assert found.confidence.tolist() == pytest.approx([0.5, 1, 0.7])
    many = torch.randn(5, 1000).softmax(dim=1)
    found = evaluate_scores(tmp_path / 'p.csv', many.bfloat16())
    assert found.confidence == pytest.approx(many.max(dim=1).values.numpy(), rel=0.01)
    for wrong in ([0.5, 0.7, 0.1], [1.5, -0.5, 0.0], [float('nan')] * 3):  # no probabilities
        one = torch.cat([scores, torch.tensor([wrong])])
        assert evaluate_scores(tmp_path / 'p.csv', one).confidence is None


@pytest.mark.parametrize('word', ['', 'x', '-0.1', '1.5', 'nan', 'inf', '1e5', '0.5 '])
def test_damaged_confidence(tmp_path, word):
    path = tmp_path / 'p.csv'
    path.write_text(f'label,predicted,confidence\n0,0,1e-7\n0,0,{word}\n')
    with pytest.raises(ValueError, match="the column 'confidence' has .* in sample 1; it must"):
        load_predictions(str(path))


@pytest.mark.slow
def test_two_ranks_write_what_one_does(tmp_path):
    evaluate(tmp_path / 'one.csv', range(11), softmax=True)
    assert (tmp_path / 'one.csv').read_text().startswith('label,predicted,index,confidence\n')
    assert run_ranks(evaluate_rank, str(tmp_path / 'two.csv')) == [{}, {}]
    assert (tmp_path / 'two.csv').read_text() == (tmp_path / 'one.csv').read_text()


def test_registered_and_checked(tmp_path):
    metric = METRICS.build(dict(type='PredictionCSV', path='a.csv'))
    assert isinstance(metric, PredictionCSV)
    with pytest.raises(ValueError, match=r"'a.pkl'.*only .csv"):
        PredictionCSV('a.pkl')
    with pytest.raises(FileNotFoundError, match='test again'):
        read_predictions(str(tmp_path / 'none.csv'))
    for line in ('1,2\n3', '1,x', '1.0,2', '1,-2', '1_0,2', '9' * 30 + ',1', ',1', '1,"2'):
        (tmp_path / 'bad.csv').write_text(f'label,predicted\n{line}\n')
        with pytest.raises(ValueError, match=r'bad.csv, line [23]: no int'):
            read_predictions(str(tmp_path / 'bad.csv'))
    for content, message in (
        (b'label,other\n1,2\n', 'bad.csv, line 2: no int'),
        (b'label,predicted\n', 'bad.csv has no sample'),
        (b'', 'bad.csv has no sample'),
        (b'label,predicted\n1,2,"\n3,4\n', 'bad.csv, line 3: .*a quotation mark or a comma too m'),
        (b'label,predicted,index\n1,2,"0\n3,4,1\n', 'line 3: .*a quotation mark or a comma too m'),
        (b'label,predicted\n1,\xff\n', 'bad.csv, line 2: byte 18 is 0xff'),
    ):
        (tmp_path / 'bad.csv').write_bytes(content)
        with pytest.raises(ValueError, match=message):
            read_predictions(str(tmp_path / 'bad.csv'))
    # As a spreadsheet saves it.
    (tmp_path / 'good.csv').write_bytes(b'\xef\xbb\xbflabel,predicted\r\n1,2\r\n\r\n')
    assert [array.tolist() for array in read_predictions(str(tmp_path / 'good.csv'))] == [[1], [2]]
