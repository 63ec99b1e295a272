"""The language branch with folded constants against its formula, in float64."""

import pytest
import torch
from tiny_anchors import make_head

from vlltr_mm.models import AdditiveLGRHead, LGRHead
from vlltr_mm.models.heads.folded_attention import FoldedAttention, fold_anchors
from vlltr_mm.models.heads.language_branch import language_branch


def scrambled(kind=LGRHead, **kwargs):
    """Return a float64 head whose projections and norms are no identity."""
    head = make_head(kind, **kwargs).double()
    torch.manual_seed(1)
    for parameter in head.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return head.eval()


@pytest.mark.parametrize('kind', [LGRHead, AdditiveLGRHead])
@pytest.mark.parametrize('batch', [1, 5])
def test_equals_the_formula(kind, batch):
    head = scrambled(kind)
    x = torch.randn(batch, 6, dtype=torch.double)
    parts = (head.norm_q, head.norm_k, head.proj_q, head.proj_k)
    with torch.no_grad():
        cosine = language_branch(x, head.anchor_feats, head.anchor_mask, *parts)[1]
        found = FoldedAttention(head)(x)
    assert found.dtype == torch.double
    torch.testing.assert_close(found, head.logit_scale.exp() * cosine)


@pytest.mark.parametrize('kind', [LGRHead, AdditiveLGRHead])
def test_a_folded_head_scores_like_the_head(kind):
    head = scrambled(kind)
    x = torch.randn(7, 6, dtype=torch.double)
    with torch.no_grad():
        folded = fold_anchors(head)
        torch.testing.assert_close(folded((x,)), head((x,)))
    assert 'folded' not in dict(head.named_children()), 'the head itself has changed'


def test_prior_and_projection_of_the_image_are_kept():
    head = make_head(embed_dims=6, in_channels=9).double().eval()
    head.text_prior.set_prior(torch.tensor([0.5, -1.0, 2.0]))
    x = torch.randn(4, 9, dtype=torch.double)
    with torch.no_grad():
        torch.testing.assert_close(FoldedAttention(head)(x), head.language_logits(x))


def test_padding_gets_no_attention():
    head = scrambled()
    with torch.no_grad():
        x = torch.randn(3, 6, dtype=torch.double)
        before = FoldedAttention(head)(x)
        head.anchor_feats[~head.anchor_mask] = 100.0
        head._refresh()
        torch.testing.assert_close(FoldedAttention(head)(x), before)


def test_a_head_without_anchors_is_refused():
    with pytest.raises(RuntimeError, match='LGRHead has no anchors'):
        FoldedAttention(LGRHead(num_classes=3, in_channels=6, num_anchors=2))
