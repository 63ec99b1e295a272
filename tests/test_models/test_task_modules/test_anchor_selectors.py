"""Anchor selection against its formula, sentence by sentence."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from vlltr_mm.engine.anchors import score_sharded
from vlltr_mm.models import AnchorSelector, AnSS, CutOffSelector, RandomSelector
from vlltr_mm.models.task_modules.anchor_selectors import rank_by_score
from vlltr_mm.structures import FeatureBank


def plain_l_lin(text, label, images, image_labels, scale):
    logits = [scale * float(text @ image) for image in images]
    total = math.log(sum(math.exp(v) for v in logits))
    own = [v for v, y in zip(logits, image_labels.tolist()) if y == label]
    return total - sum(own) / len(own)


def draw(sentences=17, images=23, classes=3, dims=5):
    generator = torch.Generator().manual_seed(0)
    text, image = (
        F.normalize(torch.randn(n, dims, generator=generator, dtype=torch.float64), dim=1)
        for n in (sentences, images)
    )
    return (text, torch.arange(sentences) % classes, image, torch.arange(images) % classes)


@pytest.mark.parametrize('scale', [1.0, 14.0, 100.0])
@pytest.mark.parametrize('blocks', [(1, 1), (4, 7), (1024, None)])
def test_scores_equal_the_formula(blocks, scale):
    text, labels, images, image_labels = draw()
    scores = AnSS(4, *blocks).score(text, labels, images, image_labels, scale)
    for i, label in enumerate(labels.tolist()):
        assert float(scores[i]) == pytest.approx(
            plain_l_lin(text[i], label, images, image_labels, scale), rel=1e-9
        )


def test_score_by_hand():
    # Two images, s = ln 3: the sentence on its own image's axis has logits
    # (ln 3, 0), so L_lin = ln 4 - ln 3.
    axes = torch.eye(2)
    scores = AnSS().score(axes, torch.arange(2), axes, torch.arange(2), math.log(3))
    assert scores.tolist() == pytest.approx([math.log(4 / 3)] * 2, rel=1e-6)


def test_scores_of_a_share_are_those_of_the_whole():
    args = draw()
    whole = AnSS().score(*args, 9.0)
    share = AnSS().score(args[0][5:9], args[1][5:9], *args[2:], 9.0)
    torch.testing.assert_close(share, whole[5:9])
    nothing = AnSS().score(args[0][:0], args[1][:0], *args[2:], 9.0)
    assert nothing.shape == (0,)


def test_half_precision_features_are_summed_in_float32():
    # Axes are exact in float16, and so is the sum unless it is cut short:
    # 4096 images at cosine 0, in float16 a logsumexp of 8.3203 (not 8.3178).
    axes = torch.eye(2)
    images = axes[1].expand(4096, 2)
    scores = AnSS(block_size=1).score(
        axes[:1].half(), torch.zeros(1).long(), images.half(), torch.zeros(4096).long(), 100.0
    )
    assert scores.dtype == torch.float32
    assert scores.tolist() == pytest.approx([math.log(4096)], rel=1e-6)


@pytest.mark.parametrize('name', ['float16', 'bfloat16'])
def test_half_precision_products_cost_what_is_stated(name):
    """Both factors and the result carry eps / 2, of cosines of at most 1;
    the second term of L_lin, in float32, nothing."""
    args = draw(sentences=50, images=300, dims=64)
    single = [t.float() if t.is_floating_point() else t for t in args]
    exact = AnSS().score(*args, 100.0)
    half = AnSS(product_dtype=name).score(*single, 100.0)
    assert half.dtype == torch.float32
    error = (half - exact).abs().max()
    assert 1e-5 < error < 1.5 * torch.finfo(getattr(torch, name)).eps * 100
    few = torch.arange(50) < 4
    best = [s[few].argmin() for s in (exact, half)]
    assert exact[few][best[1]] - exact[few][best[0]] < 2 * error


class Largest(TorchDispatchMode):
    """Remember the largest tensor that an operator makes anew."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and not func.is_view:
            self.elements = max(self.elements, out.numel())
        return out


def test_memory_is_that_of_a_block():
    for sentences, images in ((40, 60), (120, 30), (30, 120)):
        args = draw(sentences, images, dims=2)
        with Largest() as largest:
            AnSS(4, 20, 25).score(*args, 9.0)
        assert largest.elements == 20 * 25


def test_unknown_type_of_products_is_refused():
    with pytest.raises(
        ValueError, match="product_dtype is 'int8'; give 'float16', 'bfloat16' or None"
    ):
        AnSS(product_dtype='int8')


def test_a_class_without_images_is_named():
    text, labels, images, image_labels = draw()
    keep = image_labels != 1
    with pytest.raises(ValueError, match='Class 1 has sentences but no image'):
        AnSS().score(text, labels, images[keep], image_labels[keep], 1.0)


@pytest.mark.parametrize(
    'text, image, match',
    [
        (2**31, 0, 'Class 2147483648 has sentences but no image'),
        (0, 2**31, 'the labels of 1 features lie in 2147483648 .. 2147483648'),
    ],
)
def test_a_label_of_no_class_takes_no_memory(text, image, match):
    feats = torch.ones(1, 2)
    with pytest.raises(ValueError, match=match):
        AnSS().score(feats, torch.tensor([text]), feats, torch.tensor([image]), 1.0)


def test_ranking_equals_sorting():
    generator = torch.Generator().manual_seed(1)
    scores = torch.randint(0, 6, (40,), generator=generator).float()
    labels = torch.randint(0, 5, (40,), generator=generator)
    ids = rank_by_score(scores, labels, 6, 7)
    for c in range(6):
        own = [i for i in range(40) if labels[i] == c]
        own = sorted(own, key=lambda i: float(scores[i]))[:7]
        assert ids[c].tolist() == own + [-1] * (7 - len(own))


def test_no_sentences_give_no_anchors():
    none = torch.zeros(0)
    assert rank_by_score(none, none.long(), 2, 1).tolist() == [[-1], [-1]]


def test_cut_off_takes_the_first():
    labels = torch.tensor([0, 0, 0, 1, 1])
    assert CutOffSelector(2).rank(labels, 2).tolist() == [[0, 1], [3, 4]]


def test_random_draws_of_the_class_and_by_seed():
    labels = torch.arange(200) % 2
    first = RandomSelector(20, seed=1).rank(labels, 2)
    assert (labels[first] == torch.tensor([[0], [1]])).all()
    assert all(len(set(row)) == 20 for row in first.tolist())
    assert torch.equal(first, RandomSelector(20, seed=1).rank(labels, 2))
    assert not torch.equal(first, RandomSelector(20, seed=2).rank(labels, 2))


class FirstAxis:
    """A rule of a user's own, without the base."""

    needs_images = True

    def score(self, text_feats, text_labels, image_feats, image_labels, logit_scale):
        return -logit_scale * text_feats[:, 0]

    def rank(self, labels, num_classes, scores):
        return rank_by_score(scores, labels, num_classes, 1)


def test_rules_need_not_derive_from_the_base():
    assert all(issubclass(kind, AnchorSelector) for kind in (AnSS, CutOffSelector, RandomSelector))
    assert not AnchorSelector.needs_images and AnSS.needs_images
    text, labels, images, image_labels = draw(sentences=5)
    banks = FeatureBank(text, labels), FeatureBank(images, image_labels)
    scores = score_sharded(FirstAxis(), *banks, 3.0, 'cpu')
    torch.testing.assert_close(scores, -3 * text[:, 0])
    assert torch.equal(FirstAxis().rank(labels, 3, scores), AnSS(1).rank(labels, 3, scores))


def test_the_base_scores_nothing():
    with pytest.raises(NotImplementedError):
        AnchorSelector().score(*draw(), 1.0)
