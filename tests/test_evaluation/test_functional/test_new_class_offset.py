"""The offset of new classes costs no more old images than allowed, and hardly fewer."""

import pytest
import torch

from vlltr_mm.evaluation.functional.new_class_offset import largest_offset

N, OLD, NEW = 200, 5, 3


def make(seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(N, OLD + NEW, generator=generator)
    labels = torch.randint(OLD, (N,), generator=generator)
    logits[torch.arange(N), labels] += 1.5
    return logits, labels


def lost(logits, labels, gamma):
    """Count images that were right among the old classes and are no longer."""
    number = 0
    for row, label in zip(logits.double().tolist(), labels.tolist()):
        old, new = row[:OLD], [value + gamma for value in row[OLD:]]
        number += old.index(max(old)) == label and max(new) >= old[label]
    return number


@pytest.mark.parametrize('seed', [0, 1])
@pytest.mark.parametrize('budget', [0, 0.4, 0.5, 1, 7.3, 30])
def test_it_is_the_largest_within_the_budget(budget, seed):
    logits, labels = make(seed)
    gamma = largest_offset(logits, labels, NEW, budget)
    allowed = int(budget * N / 100 + 1e-9)
    assert lost(logits, labels, gamma) <= allowed
    assert lost(logits, labels, gamma + 1e-4) > allowed


def test_by_hand():
    # The margins of the three right images are 1, 3 and -2; the fourth is wrong anyway.
    logits = torch.tensor([[4.0, 0, 3, 0], [0, 5.0, 0, 2], [1.0, 0, 3, 0], [0, 9.0, 0, 0]])
    labels = torch.tensor([0, 1, 0, 0])
    found = [largest_offset(logits, labels, 2, budget) for budget in (0, 25, 50)]
    assert found == pytest.approx([-2, 1, 3], abs=1e-5)


def test_a_constant_on_all_logits_changes_nothing():
    logits, labels = make()
    gamma = largest_offset(logits, labels, NEW, 2)
    assert largest_offset(logits + 7, labels, NEW, 2) == pytest.approx(gamma, abs=1e-5)
    shifted = logits + torch.tensor([0.0] * OLD + [2.0] * NEW)
    assert largest_offset(shifted, labels, NEW, 2) == pytest.approx(gamma - 2, abs=1e-5)


def test_wrong_input_is_refused():
    logits, labels = make()
    for wrong in (labels + 1, labels - 1):
        with pytest.raises(ValueError, match='labels must be those of 200 images of the 5 old'):
            largest_offset(logits, wrong, NEW, 1)
    with pytest.raises(ValueError, match='labels must be those of some images'):
        largest_offset(logits[:0], labels[:0], NEW, 1)
    for budget in (-1, 101, float('nan')):
        with pytest.raises(ValueError, match='budget is'):
            largest_offset(logits, labels, NEW, budget)
    with pytest.raises(ValueError, match='budget is 100 % of 200 images, and'):
        largest_offset(logits, labels, NEW, 100)
