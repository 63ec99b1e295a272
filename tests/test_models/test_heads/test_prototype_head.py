"""Prototypes and nearest class means, against plain loops."""

import math

import pytest
import torch
from mmpretrain.registry import MODELS

from vlltr_mm.models import PrototypeClsHead
from vlltr_mm.structures import FeatureBank


def random_bank(num_classes=5, dims=6, rows=23, seed=0):
    generator = torch.Generator().manual_seed(seed)
    feats = torch.randn(rows, dims, generator=generator) + 0.7
    return FeatureBank(feats, torch.arange(rows) % num_classes)


def unit(vector):
    return [v / math.sqrt(sum(x * x for x in vector)) for v in vector]


def plain_scores(bank, images, num_classes, center, metric, scale):
    """Re-derive both classifiers, number by number."""
    rows, dims = bank.feats.tolist(), bank.feats.shape[1]
    middle = [sum(row[d] for row in rows) / len(rows) if center else 0 for d in range(dims)]
    prototypes = []
    for c in range(num_classes):
        own = [
            unit([row[d] - middle[d] for d in range(dims)])
            for row, label in zip(rows, bank.labels.tolist())
            if label == c
        ]
        mean = [sum(row[d] for row in own) / len(own) for d in range(dims)]
        prototypes.append(unit(mean) if metric == 'cosine' else mean)
    scores = []
    for image in images.tolist():
        f = unit([image[d] - middle[d] for d in range(dims)])
        if metric == 'cosine':
            scores.append([scale * sum(a * b for a, b in zip(f, p)) for p in prototypes])
        else:
            scores.append(
                [-scale / 2 * sum((a - b) ** 2 for a, b in zip(f, p)) for p in prototypes]
            )
    return torch.tensor(scores)


@pytest.mark.parametrize('center', [False, True])
@pytest.mark.parametrize('metric', ['cosine', 'euclidean'])
def test_scores_equal_plain_loops(metric, center):
    head = PrototypeClsHead(5, 6, center=center, metric=metric, logit_scale=math.log(7.0))
    bank = random_bank()
    head.set_bank(bank)
    images = torch.randn(9, 6, generator=torch.Generator().manual_seed(1))
    plain = plain_scores(bank, images, 5, center, metric, 7.0)
    # float32 against Python's doubles, scores of size 7
    torch.testing.assert_close(head((images,)), plain, rtol=0, atol=2e-5)
    predicted = [int(s.pred_label) for s in head.predict((images,))]
    assert predicted == plain.argmax(dim=1).tolist()


def test_prototypes_by_hand():
    bank = FeatureBank(torch.tensor([[2.0, 0.0], [0.0, 5.0], [0.0, -3.0]]), torch.tensor([0, 0, 1]))
    head = PrototypeClsHead(2, 2, logit_scale=0.0)
    head.set_bank(bank)
    root = math.sqrt(0.5)
    torch.testing.assert_close(head.prototypes, torch.tensor([[root, root], [0.0, -1.0]]))
    torch.testing.assert_close(head((torch.tensor([[0.0, -9.0]]),)), torch.tensor([[-root, 1.0]]))


def test_nearest_class_mean_by_hand():
    bank = FeatureBank(
        torch.tensor([[3.0, 1.0], [1.0, 3.0], [-1.0, -1.0]]), torch.tensor([0, 0, 1])
    )
    head = PrototypeClsHead(2, 2, center=True, metric='euclidean', logit_scale=math.log(2.0))
    head.set_bank(bank)
    assert head.center_feat.tolist() == [1.0, 1.0]
    root = math.sqrt(0.5)
    # (1, 0) and (0, 1) average to (½, ½), which is not of unit norm.
    torch.testing.assert_close(head.prototypes, torch.tensor([[0.5, 0.5], [-root, -root]]))
    torch.testing.assert_close(
        head((torch.tensor([[5.0, 1.0]]),)), torch.tensor([[-0.5, -((1 + root) ** 2) - 0.5]])
    )


def test_scores_ignore_the_scale_of_all_features():
    bank, images = random_bank(), torch.randn(4, 6)
    for kwargs in (dict(), dict(center=True, metric='euclidean')):
        head = PrototypeClsHead(5, 6, **kwargs)
        head.set_bank(bank)
        before = head((images,))
        head.set_bank(FeatureBank(bank.feats * 8, bank.labels))
        torch.testing.assert_close(head((images * 8,)), before)


def test_a_checkpoint_alone_is_enough():
    head = PrototypeClsHead(5, 6, center=True)
    head.set_bank(random_bank())
    copy = MODELS.build(dict(type='PrototypeClsHead', num_classes=5, embed_dims=6, center=True))
    assert set(copy.state_dict()) == {'prototypes', 'center_feat'}
    copy.load_state_dict(head.state_dict())
    images = torch.randn(3, 6)
    torch.testing.assert_close(copy((images,)), head((images,)))


def test_a_bank_is_not_changed():
    bank = random_bank()
    before = bank.feats.clone()
    PrototypeClsHead(5, 6, center=True).set_bank(bank)
    assert torch.equal(bank.feats, before)


def test_errors():
    with pytest.raises(ValueError, match="metric is 'dot'.*'cosine' and"):
        PrototypeClsHead(2, 2, metric='dot')
    head = PrototypeClsHead(3, 2)
    with pytest.raises(RuntimeError, match='FeatureBankHook'):
        head((torch.ones(1, 2),))
    with pytest.raises(ValueError, match='width 4, .* embed_dims=2'):
        head.set_bank(FeatureBank(torch.ones(3, 4), torch.arange(3)))
