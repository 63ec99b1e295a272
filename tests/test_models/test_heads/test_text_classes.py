"""Classes that have text alone: scores, what stays of the others, and no training."""

import math

import pytest
import torch
from tiny_anchors import C, D, M, make_anchors, samples

from vlltr_mm.models import AdditiveLGRHead, LGRHead
from vlltr_mm.models.heads.language_branch import language_branch
from vlltr_mm.models.heads.text_classes import add_language_shares

K = 2  # classes that have text alone, behind C others
KINDS = (LGRHead, AdditiveLGRHead)


def make_pair(kind, **kwargs):
    """Return a head of C classes and one of C + K with its weights, and images."""
    torch.manual_seed(0)
    head = kind(num_classes=C, in_channels=D, num_anchors=M, **kwargs)
    for parameter in head.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    feats, mask = make_anchors(C + K)
    head.set_anchors(feats[:C], mask[:C], 1.5)
    more = kind(C + K, D, M, num_text_classes=K, **kwargs)
    more.set_anchors(feats, mask, 1.5)
    own = {k: v for k, v in head.state_dict().items() if not k.startswith('anchor_')}
    assert not more.load_state_dict(own, strict=False).unexpected_keys
    return head.double().eval(), more.double().eval(), torch.randn(7, D).double()


def softmax(values):
    top = max(values)
    shares = [math.exp(value - top) for value in values]
    return [share / sum(shares) for share in shares]


def branches(head, x):
    """Return visual logits (C of the trained) and language logits (all), as lists."""
    parts = head.norm_q, head.norm_k, head.proj_q, head.proj_k
    anchors, mask = head.anchor_feats, head.anchor_mask
    _, cosine = language_branch(x, anchors, mask, *parts)
    language = head.logit_scale.exp() * cosine
    return head.visual_mlp(x).tolist(), language.tolist()


@pytest.mark.parametrize('weight', [0.0, 0.2, 1.0])
def test_lgr_scores_are_those_of_the_rule(weight):
    _, head, x = make_pair(LGRHead, visual_weight=weight)
    with torch.no_grad():
        scores = head((x,)).softmax(dim=1)
        visual, language = branches(head, x)
    for row, (seen, said) in enumerate(zip(visual, language)):
        text, image = softmax(said), softmax(seen)
        known = sum(text[:C])
        expected = [weight * known * image[c] + (1 - weight) * text[c] for c in range(C)]
        expected += text[C:]
        assert sum(expected) == pytest.approx(1)
        assert scores[row].tolist() == pytest.approx(expected, abs=1e-9)


def test_additive_logits_are_those_of_the_rule():
    _, head, x = make_pair(AdditiveLGRHead)
    with torch.no_grad():
        logits = head((x,))
        visual, language = branches(head, x)
    for row, (seen, said) in enumerate(zip(visual, language)):
        expected = [seen[c] + said[c] for c in range(C)]
        expected += said[C:]
        assert logits[row].tolist() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize('kind', KINDS)
def test_old_classes_keep_their_score_among_themselves(kind):
    old, new, x = make_pair(kind)
    with torch.no_grad():
        before, after = old((x,)).softmax(1), new((x,)).softmax(1)[:, :C]
    torch.testing.assert_close(after / after.sum(1, keepdim=True), before, rtol=1e-9, atol=1e-12)
    assert after.argsort(1).equal(before.argsort(1))


def test_shares_by_hand():
    # The text gives the two groups 3/4 and 1/4; the image 2/3 and 1/3 within the first.
    visual = torch.tensor([[2.0, 1.0]]).log()
    language = torch.tensor([[1.0, 2.0, 1.0]]).log()
    shares = add_language_shares(visual, language).exp()
    torch.testing.assert_close(shares, torch.tensor([[0.5, 0.25, 0.25]]))


@pytest.mark.parametrize('kind', KINDS)
def test_branch_scores_cover_all_classes(kind):
    _, head, x = make_pair(kind)
    with torch.no_grad():
        visual, language = head.branch_scores((x,))
        scores = head((x,)).softmax(1)
    assert visual.shape == language.shape == (7, C + K)
    if kind is LGRHead:
        torch.testing.assert_close(0.5 * visual + 0.5 * language, scores)


@pytest.mark.parametrize('kind', KINDS)
def test_training_is_refused(kind):
    _, head, x = make_pair(kind)
    for call in (head.init_weights, lambda: head.loss((x,), samples([0] * 7))):
        with pytest.raises(ValueError, match='2 of the 5 classes of this head were added by text'):
            call()


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('number', [-1, 3, 0.5])
def test_a_wrong_number_is_refused(kind, number):
    with pytest.raises(ValueError, match='num_text_classes is'):
        kind(C, D, M, num_text_classes=number)
