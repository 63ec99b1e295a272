"""Anchors chosen again among stored sentences."""

import math
import runpy
import sys

import pytest
import torch
import torch.nn.functional as F
from repo import REPO

from vlltr_mm.apis.features import FeatureSet, choose_anchors, mean_anchors
from vlltr_mm.apis.features.feature_set import text_anchors
from vlltr_mm.models import AnSS, CutOffSelector
from vlltr_mm.structures import AnchorSet, FeatureBank

CLASSES = ('heron', 'lynx')


@pytest.fixture
def features():
    """Four training images and five sentences of two classes, of 3 dimensions."""
    generator = torch.Generator().manual_seed(0)
    text = FeatureBank(torch.randn(5, 3, generator=generator), torch.tensor([0, 0, 0, 1, 1]))
    images = FeatureBank(torch.randn(4, 3, generator=generator), torch.tensor([0, 0, 1, 1]))
    anchors = text_anchors(text, CLASSES, math.log(20))
    return FeatureSet(CLASSES, dict(train=images, test=images), text, anchors)


def test_the_first_are_left_out(features):
    found = choose_anchors(features, CutOffSelector(num_anchors=2), skip=1)
    assert found.sentence_ids.tolist() == [[1, 2], [4, -1]]
    assert found.mask.tolist() == [[True, True], [True, False]]
    torch.testing.assert_close(found.feats[0], features.text.feats[1:3])
    assert found.feats[1, 1].eq(0).all()
    assert found.logit_scale == pytest.approx(math.log(20)) and list(found.classes) == list(CLASSES)


def test_anss_scores_with_the_training_images(features):
    found = choose_anchors(features, AnSS(num_anchors=3))
    images, text = features.splits['train'], features.text
    logits = 20 * F.normalize(text.feats, dim=1) @ F.normalize(images.feats, dim=1).T
    own = torch.stack([row[images.labels == c].mean() for row, c in zip(logits, text.labels)])
    losses = logits.logsumexp(1) - own
    expected = losses[:3].sort()
    assert found.sentence_ids[0].tolist() == expected.indices.tolist()
    torch.testing.assert_close(found.losses[0], expected.values)


def test_the_mean_is_that_of_directions(features):
    anchors = choose_anchors(features, CutOffSelector(num_anchors=3))
    found = mean_anchors(anchors)
    assert found.feats.shape == (2, 1, 3) and found.mask.all()
    torch.testing.assert_close(
        found.feats[1, 0], F.normalize(features.text.feats[3:], dim=1).mean(0)
    )


def test_refuses_a_class_without_a_sentence(features):
    with pytest.raises(ValueError, match="skip is 2, but class 1 'lynx' has no more sentences"):
        choose_anchors(features, CutOffSelector(num_anchors=1), skip=2)
    features.text = None
    with pytest.raises(ValueError, match='no text and anchors'):
        choose_anchors(features, CutOffSelector(num_anchors=1))


def test_the_command(features, tmp_path, monkeypatch):
    features.save(str(tmp_path))
    out = str(tmp_path / 'anchors_mean.safetensors')
    tool = str(REPO / 'tools/select_feature_anchors.py')
    args = [tool, str(tmp_path), out, '--num-anchors', '2', '--mean']
    monkeypatch.setattr(sys, 'argv', args)
    runpy.run_path(tool, run_name='__main__')
    assert AnchorSet.load(out).feats.shape == (2, 1, 3)
