"""Differences of two rows: what is compared, with which images and seeds."""

import math
import statistics
from dataclasses import replace

import numpy as np
import pytest

from vlltr_mm.apis.comparison import check_reference
from vlltr_mm.apis.comparison.differences import COMPARED, find_differences
from vlltr_mm.apis.comparison.protocol import Protocol
from vlltr_mm.apis.comparison.records import Comparison, RunRecord
from vlltr_mm.evaluation import ClassSplits

COUNTS = (200, 50, 5, 4)
LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3])
PROTOCOL = Protocol('d' * 64, len(LABELS), ClassSplits(COUNTS), 'accuracy', 'e' * 64)


def record(name, seed, right, protocol=PROTOCOL, labels=LABELS):
    """Make a run that is right on some images."""
    predicted = np.where(np.array(right, dtype=bool), labels, (labels + 1) % 4)
    indices = np.arange(len(labels))
    return RunRecord(name, seed, {}, 9, protocol, labels, predicted, None, indices)


def compare(first, second, reference=None, **kwargs):
    """Return the differences of a row to another, by metric; rows: seed → right images."""
    rows = dict(A=first, B=second)
    runs = {
        name: [record(name, seed, right, **kwargs) for seed, right in seeds.items()]
        for name, seeds in rows.items()
    }
    found = find_differences(Comparison(runs=runs), reference)
    assert [d.metric for d in found] == list(COMPARED)
    return {d.metric: d for d in found}


def test_one_seed_by_hand():
    found = compare({0: [1, 1, 1, 0, 0, 1, 0, 0, 0]}, {0: [1, 1, 1, 1, 1, 1, 1, 0, 1]})
    assert {d.row for d in found.values()} == {'B'}
    means = {metric: d.mean for metric, d in found.items()}
    # Classes: 3 of 4 and all, 1 of 2 and all, 0 and 1 of 2, 0 and 1 of 1.
    assert means == pytest.approx(
        dict(top1=400 / 9, balanced=100 * (0.25 + 0.5 + 0.5 + 1) / 4, many=25, medium=50, few=75)
    )
    assert found['top1'].p_images == 2 / 2**4  # 4 images to none
    assert all(math.isnan(d.p_images) for metric, d in found.items() if metric != 'top1')
    assert all(math.isnan(d.p_seeds) and math.isnan(d.deviation) for d in found.values())
    # Steps of 25, 0, 0, 0 (many): their squares about the mean are 468.75, times 4/3.
    half = 1.959964 * math.sqrt(468.75 * 4 / 3)
    assert (found['many'].low, found['many'].high) == pytest.approx((25 - half, 25 + half))
    # few: 25 and 0 of class 2, squares 312.5 times 2; the one image of class 3 has 50².
    half = 1.959964 * math.sqrt(312.5 * 2 + 2500)
    assert (found['few'].low, found['few'].high) == pytest.approx((75 - half, 75 + half))


def test_seeds_are_paired_and_the_images_of_all_count_once():
    generator = np.random.default_rng(0)
    first, second = generator.integers(0, 2, (2, 4, len(LABELS)))
    rows = [{seed: right[seed] for seed in range(4)} for right in (first, second)]
    del rows[0][3]  # the two have 0, 1 and 2 in common
    found = compare(*rows)
    for metric, weights in (
        ('top1', np.full(9, 100 / 9)),
        ('balanced', 25 / np.array([4, 4, 4, 4, 2, 2, 2, 2, 1])),
    ):
        steps = [float(weights @ (second[s] - first[s])) for s in range(3)]
        assert found[metric].mean == pytest.approx(statistics.mean(steps))
        assert found[metric].deviation == pytest.approx(statistics.stdev(steps))
        assert found[metric].seeds == 3 and found[metric].p_seeds >= 0.25
    each = 100 / 9 * (second - first)[:3].mean(axis=0)  # what an image adds to the mean
    error = math.sqrt(9 / 8 * ((each - each.mean()) ** 2).sum())
    top1 = found['top1']
    assert top1.high - top1.mean == pytest.approx(1.959964 * error)
    assert math.isnan(top1.p_images)


def test_the_reference_row_turns_the_sign():
    first, second = {0: [1] * 5 + [0] * 4}, {0: [0] * 3 + [1] * 6}
    there, back = compare(first, second), compare(first, second, reference='B')
    for metric, d in there.items():
        assert back[metric].row == 'A'
        assert back[metric].mean == pytest.approx(-d.mean)
        assert back[metric].low == pytest.approx(-d.high)
    assert back['top1'].p_images == there['top1'].p_images


def test_nothing_differs_or_nothing_is_common():
    same = compare({0: [1] * 9, 1: [0] * 9}, {0: [1] * 9, 1: [0] * 9})
    assert all(d.mean == 0 and d.p_seeds == 1 and math.isnan(d.low) for d in same.values())
    # All images differ alike: 100/9 three times over is not quite the same number each.
    gained = compare(*({seed: [right] * 9 for seed in range(3)} for right in (0, 1)))
    assert gained['top1'].mean == pytest.approx(100) and math.isnan(gained['top1'].low)
    apart = compare({0: [1] * 9}, {1: [0] * 9})
    assert all(d.seeds == 0 and math.isnan(d.mean) for d in apart.values())
    one = Comparison(runs=dict(A=[record('A', 0, [1] * 9)]))
    assert find_differences(one) == find_differences(Comparison()) == []
    assert find_differences(one, 'B') == []


def test_a_split_without_images_has_no_difference():
    splits = ClassSplits((200, 200, 5, 4))
    found = compare({0: [1] * 9}, {0: [0] * 9}, protocol=replace(PROTOCOL, splits=splits))
    assert math.isnan(found['medium'].mean) and math.isnan(found['medium'].low)
    assert found['many'].mean == -100


@pytest.mark.parametrize('seeds', [1, 2])
@pytest.mark.parametrize('what', ['order', 'indices', 'labels', 'images'])
def test_other_images_give_no_interval(what, seeds):
    right = np.random.default_rng(0).integers(0, 2, (2, seeds, len(LABELS)))
    runs = {
        name: [record(name, seed, right[row, seed]) for seed in range(seeds)]
        for row, name in enumerate('AB')
    }
    last = runs['B'][-1]
    others = dict(
        order=dict(protocol=replace(PROTOCOL, image_order='f' * 64)),
        indices=dict(indices=np.roll(last.indices, 1)),
        labels=dict(labels=np.roll(LABELS, 1), predicted=np.roll(last.predicted, 1)),
        images=dict(protocol=replace(PROTOCOL, test_set='f' * 64)),
    )
    plain = find_differences(Comparison(runs=runs))
    assert not math.isnan(plain[0].low)
    runs['B'][-1] = replace(last, **others[what])
    found = find_differences(Comparison(runs=runs))
    assert [d.mean for d in found] == pytest.approx([d.mean for d in plain])
    assert all(math.isnan(d.low) and math.isnan(d.p_images) for d in found)
    assert math.isnan(found[0].p_seeds) == (seeds == 1)


def test_records_without_order_and_index_are_compared_by_labels():
    runs = {
        name: [replace(record(name, 0, right), indices=None)]
        for name, right in (('A', [1] * 9), ('B', [0] * 5 + [1] * 4))
    }
    protocol = replace(PROTOCOL, image_order='')
    runs['A'][0] = replace(runs['A'][0], protocol=protocol)
    assert not math.isnan(find_differences(Comparison(runs=runs))[0].low)


def test_the_reference_row_is_there():
    check_reference(None, [])
    check_reference('A', dict(A=1, B=2))
    with pytest.raises(ValueError, match="There is no row 'C'; the rows are A, B"):
        check_reference('C', ['A', 'B'])
