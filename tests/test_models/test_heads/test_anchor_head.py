"""Anchors of a head, and the attention to them."""

import math
import pickle

import pytest
import torch
from tiny_anchors import C, D, M, make_anchors, make_head, samples, save_anchors
from torch import nn

from vlltr_mm.models import AnchorHead, LGRHead
from vlltr_mm.models.heads.language_branch import language_branch


def trained_head(**kwargs):
    """Return a head in float64, away from the identity; a class has one anchor."""
    head = make_head(embed_dims=D, **kwargs).double()
    feats, mask = make_anchors()
    mask[1, 1:] = False
    head.set_anchors(feats, mask)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return head


def loops(head, images):
    """Attend and compare, one image and one class at a time."""
    attention, cosines = torch.zeros(len(images), C, M).double(), torch.zeros(len(images), C)
    for n, x in enumerate(head.proj_visual(images)):
        query = head.proj_q(head.norm_q(x))
        for c, (anchors, mask) in enumerate(zip(head.anchor_feats, head.anchor_mask)):
            real = mask.nonzero().flatten().tolist()
            keys = [head.proj_k(head.norm_k(anchors[m])) for m in real]
            scores = [math.exp(float(query @ key) / math.sqrt(D)) for key in keys]
            text = 0
            for m, score in zip(real, scores):
                attention[n, c, m] = score / sum(scores)
                text = text + attention[n, c, m] * anchors[m]
            cosines[n, c] = x @ text / x.norm() / text.norm()
    return attention, cosines


@pytest.mark.parametrize('in_channels', [D, 5])
@torch.no_grad()
def test_attention_and_logits_equal_loops(in_channels):
    head = trained_head(in_channels=in_channels)
    x = torch.randn(5, in_channels, dtype=torch.float64)
    attention, cosines = loops(head, x)
    layers = head.norm_q, head.norm_k, head.proj_q, head.proj_k
    formula = language_branch(head.proj_visual(x), head.anchor_feats, head.anchor_mask, *layers)
    # Other orders of a few float64 sums; the cosines of the loops are float32.
    for found in (formula[0], head.attention((x,))):
        torch.testing.assert_close(found, attention, rtol=0, atol=1e-13)
    for found in (formula[1], head.language_logits(x) / math.exp(1.5)):
        torch.testing.assert_close(found.float(), cosines)
    assert head.attention((x,))[:, 0, 2:].eq(0).all()  # padding
    assert head.attention((x,))[:, 1, 0].eq(1).all()  # the only anchor


def test_attention_has_gradients_and_runs_under_autocast():
    head = trained_head(in_channels=5)
    x = torch.randn(5, 5, dtype=torch.float64)
    attention = head.attention((x,))
    (attention**2).sum().backward()
    for name in ('proj_visual', 'norm_q', 'proj_q', 'proj_k'):
        assert getattr(head, name).weight.grad.abs().max() > 0, name
    x = x.float()
    with torch.autocast('cpu', torch.bfloat16):
        mixed = head.float().attention((x,))
    for own in (mixed, head.half().attention((x.half(),))):
        assert own.dtype == torch.float32
        # Scores of about 3, each of a handful of roundings to bfloat16.
        torch.testing.assert_close(own.double(), attention, rtol=0, atol=0.03)
        torch.testing.assert_close(own.sum(dim=2), torch.ones(5, C))


class SumHead(AnchorHead):
    """A head of one's own: the sum of both branches."""

    def forward(self, feats):
        return sum(self.branch_logits(feats))


def test_another_head_shares_anchors_attention_and_language_logits():
    like, x = make_head(), torch.randn(4, D)
    head = SumHead(nn.Linear(D, C), C, D, M)
    for use in (head.attention, head):
        with pytest.raises(RuntimeError, match='SumHead has no anchors.*select_anchors.py'):
            use((x,))
    with pytest.raises(ValueError, match='anchors is None. SumHead has no anchors'):
        head.init_weights()
    head.set_anchors(*make_anchors(), 1.5)
    assert torch.equal(head.attention((x,)), like.attention((x,)))
    visual = head.visual_mlp(x)
    torch.testing.assert_close(head((x,)), visual + like.language_logits(x), rtol=0, atol=0)
    kept = {k for k in like.state_dict() if not k.startswith('visual_mlp')}
    assert {k for k in head.state_dict() if not k.startswith('visual_mlp')} == kept
    head.loss((x,), samples([0, 1, 2, 0]))['loss'].backward()
    assert head.proj_q.weight.grad.abs().max() > 0


@pytest.mark.parametrize('name', ['float16', 'bfloat16'])
def test_half_anchors_pass_through_a_checkpoint(tmp_path, name):
    dtype, x = getattr(torch, name), torch.randn(4, D)
    head, single = make_head(anchor_dtype=name), make_head()
    assert head.anchor_feats.dtype == dtype
    assert head._gram.dtype == torch.float32
    # Anchors and, of so few images, both factors and the result of the
    # product carry eps / 2 each; logits go up to exp(1.5).
    torch.testing.assert_close(
        head.language_logits(x), single.language_logits(x), rtol=0, atol=5 * torch.finfo(dtype).eps
    )
    torch.save(head.state_dict(), tmp_path / 'head.pth')
    again = LGRHead(C, D, M, anchor_dtype=name)
    again.load_state_dict(torch.load(tmp_path / 'head.pth'), strict=True)
    assert again.anchor_feats.dtype == dtype
    torch.testing.assert_close(again((x,)), head((x,)), rtol=0, atol=0)
    # A float32 checkpoint is rounded on its way in.
    again.load_state_dict(
        single.state_dict()
        | {name: value for name, value in head.state_dict().items() if name != 'anchor_feats'}
    )
    torch.testing.assert_close(again((x,)), head((x,)), rtol=0, atol=0)
    head.loss((x,), samples([0, 1, 2, 0]))['loss_language'].backward()
    assert head.proj_q.weight.grad.isfinite().all()


def test_copies_and_casts_keep_the_scores():
    head, x = make_head(), torch.randn(4, D)
    expected = head((x,))
    again = pickle.loads(pickle.dumps(head))
    torch.testing.assert_close(again((x,)), expected, rtol=0, atol=0)
    exact = again.double()((x.double(),))
    assert exact.dtype == torch.float64
    torch.testing.assert_close(exact.float(), expected)
    half = make_head().half().half()
    assert half._gram.dtype == torch.float32
    # Of logits up to exp(1.5): a few times 2**-11 of them.
    torch.testing.assert_close(half((x.half(),)), expected, rtol=0, atol=1e-2)


def test_order_and_padding_of_anchors_do_not_matter():
    head, x = make_head(), torch.randn(4, D)
    expected = head((x,))
    feats, mask = make_anchors()
    feats[~mask] = float('nan')
    order = torch.tensor([2, 0, 3, 1])
    head.set_anchors(feats[:, order], mask[:, order].to(torch.uint8))
    torch.testing.assert_close(head((x,)), expected)


def test_projections_start_at_the_identity():
    head = make_head()
    assert torch.equal(head.proj_q.weight, torch.eye(D))
    assert torch.equal(head.proj_k.weight, torch.eye(D))


def test_init_weights_reads_the_file(tmp_path):
    path = save_anchors(tmp_path / 'anchors.safetensors', anchors=2)
    head = LGRHead(C, D, M, anchors=path)
    head.init_weights()
    feats, mask = make_anchors(anchors=2)
    torch.testing.assert_close(head.anchor_feats[:, :2], feats * mask.unsqueeze(2))
    assert head.anchor_mask.sum(1).tolist() == [2, 2, 2]
    assert float(head.logit_scale) == 0.75
    fixed = LGRHead(C, D, M, anchors=path, logit_scale=2.0)
    fixed.init_weights()
    assert float(fixed.logit_scale) == 2.0


@pytest.mark.parametrize('kwargs', [dict(classes=4), dict(anchors=5), dict(dims=7)])
def test_a_file_that_does_not_fit_is_refused(tmp_path, kwargs):
    path = save_anchors(tmp_path / 'anchors.safetensors', **kwargs)
    with pytest.raises(ValueError, match=r'the head takes \(3, up to 4, 6\)'):
        LGRHead(C, D, M, anchors=path).init_weights()


def test_errors_name_the_remedy(tmp_path):
    with pytest.raises(ValueError, match='anchors is None'):
        LGRHead(C, D, M).init_weights()
    with pytest.raises(RuntimeError, match='LGRHead has no anchors.*set_anchors'):
        LGRHead(C, D, M).attention((torch.ones(1, D),))
    with pytest.raises(FileNotFoundError, match='tools/train.py CONFIG'):
        LGRHead(C, D, M, anchors=str(tmp_path / 'none')).init_weights()
    with pytest.raises(
        ValueError, match="anchor_dtype is 'int8'; give 'float16', 'bfloat16' or None"
    ):
        LGRHead(C, D, anchor_dtype='int8')
    feats, mask = make_anchors()
    mask[1] = False
    with pytest.raises(ValueError, match='Class 1 has no anchor'):
        LGRHead(C, D, M).set_anchors(feats, mask)
