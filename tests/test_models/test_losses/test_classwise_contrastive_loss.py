"""The losses of stage 1 against the paper's sums, written out."""

import math

import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.models import ClassWiseContrastiveLoss, contrastive_distill_loss


def cosine(a, b):
    return float(a @ b / a.norm() / b.norm())


def log_softmax(row):
    total = math.log(sum(math.exp(v) for v in row))
    return [v - total for v in row]


def plain_ccl(image, text, labels, scale, smooth):
    size, total = len(labels), 0.0
    for one, other in ((image, text), (text, image)):
        for i in range(size):
            row = log_softmax([scale * cosine(one[i], other[j]) for j in range(size)])
            positives = [j for j in range(size) if labels[j] == labels[i]]
            for j in range(size):
                target = 1 / len(positives) if j in positives else 0.0
                target = (1 - smooth) * target + smooth / size
                total -= target * row[j]
    return total / size / 2


def plain_distill(image, text, t_image, t_text, scale, t_scale):
    size, total = len(image), 0.0
    for one, other, t_one, t_other in (
        (image, text, t_image, t_text),
        (text, image, t_text, t_image),
    ):
        for i in range(size):
            row = log_softmax([scale * cosine(one[i], other[j]) for j in range(size)])
            aim = log_softmax([t_scale * cosine(t_one[i], t_other[j]) for j in range(size)])
            total -= sum(math.exp(a) * r for a, r in zip(aim, row))
    return total / size / 2


def draw(size, dims, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, dims, generator=generator, dtype=torch.float64) for _ in range(2)]


@pytest.mark.parametrize('smooth', [0.0, 0.1])
@pytest.mark.parametrize('scale', [1.0, 14.0])
@pytest.mark.parametrize('labels', [[0, 1, 2, 3], [0, 0, 1, 0], [2, 2, 2, 2]])
def test_ccl_equals_the_sums(labels, scale, smooth):
    image, text = draw(4, 5)
    loss = ClassWiseContrastiveLoss(label_smooth=smooth)(image, text, torch.tensor(labels), scale)
    assert float(loss) == pytest.approx(plain_ccl(image, text, labels, scale, smooth), rel=1e-9)


@pytest.mark.parametrize('scale, t_scale', [(1.0, 1.0), (14.0, 100.0), (5.0, 2.0)])
def test_distill_equals_the_sums(scale, t_scale):
    image, text = draw(5, 4, seed=1)
    t_image, t_text = draw(5, 6, seed=2)
    loss = contrastive_distill_loss(image, text, t_image, t_text, scale, t_scale)
    assert float(loss) == pytest.approx(
        plain_distill(image, text, t_image, t_text, scale, t_scale), rel=1e-9
    )


def test_ccl_by_hand():
    # Two images, two texts, all cosines 1 or 0, s = ln 3: rows (ln 3, 0), so
    # softmax (3/4, 1/4); without smoothing the loss is -ln(3/4).
    loss = ClassWiseContrastiveLoss(label_smooth=0.0)(
        torch.eye(2) * 7, torch.eye(2), torch.tensor([0, 1]), math.log(3)
    )
    assert float(loss) == pytest.approx(math.log(4 / 3), rel=1e-6)


def test_distinct_labels_give_the_clip_loss():
    image, text = draw(6, 3)
    logits = 9 * F.normalize(image, dim=1) @ F.normalize(text, dim=1).T
    clip = (
        F.cross_entropy(logits, torch.arange(6)) + F.cross_entropy(logits.T, torch.arange(6))
    ) / 2
    loss = ClassWiseContrastiveLoss(label_smooth=0.0)(image, text, torch.arange(6), 9.0)
    torch.testing.assert_close(loss, clip)


def test_order_and_norms_do_not_matter():
    image, text = draw(6, 3)
    labels = torch.tensor([0, 1, 0, 2, 1, 0])
    module = ClassWiseContrastiveLoss()
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    torch.testing.assert_close(
        module(image, text, labels, 5.0),
        module(2 * image[order], 3 * text[order], labels[order], 5.0),
    )


def test_teacher_gets_no_gradient():
    feats = [t.requires_grad_() for t in (*draw(3, 2), *draw(3, 2, seed=3))]
    contrastive_distill_loss(*feats, 2.0, 3.0).backward()
    assert [f.grad is None for f in feats] == [False, False, True, True]


def test_errors_name_value_and_shape():
    with pytest.raises(ValueError, match='label_smooth is 1.5'):
        ClassWiseContrastiveLoss(label_smooth=1.5)
    with pytest.raises(ValueError, match=r'labels \(3,\)'):
        ClassWiseContrastiveLoss()(torch.ones(2, 4), torch.ones(2, 4), torch.zeros(3).long(), 1.0)
    with pytest.raises(ValueError, match=r"teacher's \(3, 4\) and \(3, 4\)"):
        contrastive_distill_loss(
            torch.ones(2, 4), torch.ones(2, 4), torch.ones(3, 4), torch.ones(3, 4), 1.0, 1.0
        )
