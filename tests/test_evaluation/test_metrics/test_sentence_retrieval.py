"""Matching images with sentences, against plain loops."""

import pytest
import torch

from vlltr_mm.evaluation import SentenceRetrieval
from vlltr_mm.evaluation.metrics.sentence_retrieval import retrieve
from vlltr_mm.structures import FeatureBank


def plain_cosine(a, b):
    return float(a @ b / a.norm() / b.norm())


def plain_retrieve(images, image_labels, sentences, labels, k):
    nearest, voted, prototype, text = [], [], [], []
    classes = sorted(set(labels.tolist()))
    means = {
        c: torch.stack([s / s.norm() for s, y in zip(sentences, labels) if y == c]).mean(0)
        for c in classes
    }
    for image in images:
        order = sorted(range(len(sentences)), key=lambda s: -plain_cosine(image, sentences[s]))
        near = [int(labels[s]) for s in order[:k]]
        nearest.append(near[0])
        voted.append(max(near, key=lambda c: (near.count(c), -near.index(c))))
        prototype.append(max(classes, key=lambda c: plain_cosine(image, means[c])))
    for sentence in sentences:
        best = max(range(len(images)), key=lambda i: plain_cosine(images[i], sentence))
        text.append(int(image_labels[best]))
    return dict(nearest=nearest, voted=voted, prototype=prototype, text=text)


@pytest.mark.parametrize('block_size', [1, 7, 1000])
@pytest.mark.parametrize('k', [1, 5])
def test_retrieve_equals_plain_loops(k, block_size):
    generator = torch.Generator().manual_seed(k)
    images = torch.randn(23, 6, generator=generator)
    image_labels = torch.randint(0, 4, (23,), generator=generator)
    sentences = torch.randn(31, 6, generator=generator)
    labels = torch.arange(31) % 4
    found = retrieve(images, image_labels, FeatureBank(sentences, labels), k, block_size)
    plain = plain_retrieve(images, image_labels, sentences, labels, k)
    assert {key: value.tolist() for key, value in found.items()} == plain


def make_metric():
    metric = SentenceRetrieval(class_counts=[200, 50, 5], num_neighbours=1)
    metric.dataset_meta = dict(classes=('a', 'b', 'c'))
    return metric


def test_metric_reports_splits_by_hand():
    metric = make_metric()
    axes = torch.eye(3)
    metric.set_sentence_bank(FeatureBank(axes, torch.arange(3)))
    # Two images of class 0 (one looks like class 1), one each of 1 and 2.
    looks = [0, 1, 1, 2]
    truth = [0, 0, 1, 2]
    metric.process(
        None,
        [
            dict(image_feat=axes[look] * 3, gt_label=torch.tensor([label]))
            for look, label in zip(looks, truth)
        ],
    )
    result = metric.evaluate(4)
    assert result['retrieval/image_top1'] == 75.0
    assert result['retrieval/image_many'] == 50.0
    assert result['retrieval/image_medium'] == 100.0
    assert result['retrieval/prototype_few'] == 100.0
    # Sentence 1 is nearest to an image of class 0 (the first of the tied).
    assert result['retrieval/text_top1'] == pytest.approx(200 / 3)


def test_metric_without_a_bank_says_what_is_missing():
    metric = make_metric()
    metric.process(None, [dict(image_feat=torch.ones(3), gt_label=torch.tensor([0]))])
    with pytest.raises(RuntimeError, match='SentenceBankHook'):
        metric.evaluate(1)
