"""The metric, against plain loops, by hand and over ranks."""

import csv
import math

import numpy as np
import pytest
import torch
from dist_utils import run_ranks
from mmpretrain.registry import METRICS
from mmpretrain.structures import DataSample

from vlltr_mm.evaluation import ClassSplitAccuracy, ClassSplits, expected_calibration_error

COUNTS = [300, 101, 100, 60, 20, 19, 2]


def plain_accuracies(predicted, labels, counts, low, high, rule):
    per_class = {}
    for p, y in zip(predicted, labels):
        per_class.setdefault(int(y), []).append(int(p) == int(y))
    result = dict(top1=100 * sum(map(sum, per_class.values())) / len(labels))
    splits = dict(many=[], medium=[], few=[])
    for c, hits in per_class.items():
        if rule == 'field':
            name = 'many' if counts[c] > high else 'few' if counts[c] < low else 'medium'
        else:
            name = 'many' if counts[c] >= high else 'few' if counts[c] <= low else 'medium'
        splits[name].append(100 * sum(hits) / len(hits))
    for name, values in splits.items():
        result[name] = sum(values) / len(values) if values else math.nan
    return result


@pytest.mark.parametrize('rule', ['field', 'oltr'])
@pytest.mark.parametrize('thresholds', [(20, 100), (10, 200), (500, 600)])
@pytest.mark.parametrize('num_samples', [1, 40, 301])
def test_calculate_equals_plain_loop(rule, thresholds, num_samples):
    generator = torch.Generator().manual_seed(num_samples)
    scores = torch.randn(num_samples, 7, generator=generator)
    labels = torch.randint(0, 7, (num_samples,), generator=generator)
    plain = plain_accuracies(scores.argmax(1), labels, COUNTS, *thresholds, rule)
    for given in (
        scores,
        scores.numpy(),
        scores.argmax(1),
        scores.argmax(1).tolist(),
        scores.tolist(),
    ):
        result = ClassSplitAccuracy.calculate(given, labels, COUNTS, thresholds, rule)
        assert list(result) == ['top1', 'many', 'medium', 'few']
        assert result == pytest.approx(plain, nan_ok=True)
        assert all(isinstance(v, float) for v in result.values())


def test_splits_average_classes_not_samples():
    # Class 0: 1 of 4 right, class 1: 1 of 1; both many.
    result = ClassSplitAccuracy.calculate([0, 1, 1, 1, 1, 2], [0, 0, 0, 0, 1, 2], [200, 200, 5])
    assert result['many'] == 62.5
    assert result['few'] == 100.0 and math.isnan(result['medium'])
    assert result['top1'] == pytest.approx(50.0)


def test_order_of_samples_does_not_matter():
    rng = np.random.default_rng(0)
    predicted, labels = rng.integers(0, 7, (2, 90))
    order = rng.permutation(90)
    assert ClassSplitAccuracy.calculate(predicted, labels, COUNTS) == ClassSplitAccuracy.calculate(
        predicted[order], labels[order], COUNTS
    )


def evaluate(metric, scores, labels, size, as_labels=False):
    for start in range(0, len(labels), 2):
        samples = []
        for score, label in zip(scores[start : start + 2], labels[start : start + 2]):
            sample = DataSample().set_gt_label(int(label))
            if as_labels:
                sample.set_pred_label(score.argmax())
            else:
                sample.set_pred_score(score)
            samples.append(sample.to_dict())
        metric.process(None, samples)
    return metric.evaluate(size)


def data(num_samples=11):
    generator = torch.Generator().manual_seed(3)
    return (
        torch.rand(num_samples, 7, generator=generator),
        torch.randint(0, 7, (num_samples,), generator=generator),
    )


@pytest.mark.parametrize('as_labels', [True, False])
def test_metric_equals_calculate(as_labels):
    scores, labels = data()
    metric = METRICS.build(dict(type='ClassSplitAccuracy'))
    metric.dataset_meta = dict(class_counts=tuple(COUNTS))
    result = evaluate(metric, scores, labels, 11, as_labels)
    expected = ClassSplitAccuracy.calculate(scores, labels, COUNTS)
    assert result == {f'accuracy/{k}': pytest.approx(v, nan_ok=True) for k, v in expected.items()}


@pytest.mark.parametrize('as_labels', [True, False])
def test_extra_metrics(as_labels):
    scores, labels = data()
    scores = scores.softmax(dim=1)
    metric = METRICS.build(dict(type='ClassSplitAccuracy', class_counts=COUNTS, extra=True))
    result = evaluate(metric, scores, labels, 11, as_labels)
    splits, predicted = ClassSplits(COUNTS), scores.argmax(dim=1)
    ece = expected_calibration_error(scores.max(dim=1).values, predicted == labels)
    expected = dict(
        ClassSplitAccuracy.calculate(scores, labels, COUNTS),
        balanced=splits.balanced_accuracy(predicted, labels),
        macro_f1=splits.macro_f1(predicted, labels),
        ece=math.nan if as_labels else ece,
    )
    assert result == {f'accuracy/{k}': pytest.approx(v, nan_ok=True) for k, v in expected.items()}


def evaluate_rank(rank, world_size):
    scores, labels = data()
    # As DefaultSampler does: the last rank gets the first sample once more.
    rows = torch.tensor([*range(11), 0])[rank::world_size]
    metric = ClassSplitAccuracy(class_counts=COUNTS)
    return evaluate(metric, scores[rows], labels[rows], 11)


@pytest.mark.slow
def test_padding_of_two_ranks_does_not_count():
    scores, labels = data()
    metric = ClassSplitAccuracy(class_counts=COUNTS)
    alone = evaluate(metric, scores, labels, 11)
    padded = ClassSplitAccuracy.calculate(
        torch.cat([scores, scores[:1]]), torch.cat([labels, labels[:1]]), COUNTS
    )
    assert padded['top1'] != alone['accuracy/top1']
    for result in run_ranks(evaluate_rank):
        assert result == pytest.approx(alone, nan_ok=True)


def test_per_class_csv(tmp_path):
    path = tmp_path / 'new' / 'classes.csv'
    metric = ClassSplitAccuracy(class_counts=[200, 50, 5], per_class_csv=str(path))
    metric.dataset_meta = dict(classes=('a, b', 'c', 'd'))
    evaluate(metric, torch.eye(3)[[0, 0, 1]], torch.tensor([0, 1, 1]), 3)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [list(row.values()) for row in rows] == [
        ['0', 'a, b', '200', '1', 'many', '100.0000'],
        ['1', 'c', '50', '2', 'medium', '50.0000'],
        ['2', 'd', '5', '0', 'few', 'nan'],
    ]
    assert list(rows[0]) == ['index', 'name', 'train_count', 'test_count', 'split', 'accuracy']
    assert [p.name for p in path.parent.iterdir()] == ['classes.csv']


def test_class_counts_from_a_file(tmp_path):
    (tmp_path / 'train.txt').write_text('a 0\nb 0\nc 2\n')
    metric = ClassSplitAccuracy(class_counts=str(tmp_path / 'train.txt'))
    metric.dataset_meta = dict(classes=('a', 'b', 'c', 'd'))
    assert metric.resolve_splits() == ClassSplits([2, 0, 1, 0])


@pytest.mark.parametrize(
    'predicted,labels,match',
    [
        ([0, 1], [0], r'shape \(1,\), the predictions \(2,\)'),
        ([0], [3], 'labels lie in 3 .. 3, but class_counts has 3'),
        ([0.5], [0], 'dtype float64'),
        (torch.zeros(1, 4), [0], r'shape \(1, 4\).*scores \(N, 3\)'),
        (np.empty(0, dtype=int), np.empty(0, dtype=int), 'at least one'),
    ],
)
def test_bad_input(predicted, labels, match):
    with pytest.raises(ValueError, match=match):
        ClassSplitAccuracy.calculate(predicted, labels, [1, 2, 3])


def test_other_errors():
    with pytest.raises(ValueError, match="rule is 'paper'"):
        ClassSplitAccuracy(rule='paper')
    with pytest.raises(ValueError, match='class_counts is None'):
        ClassSplitAccuracy().resolve_splits()
