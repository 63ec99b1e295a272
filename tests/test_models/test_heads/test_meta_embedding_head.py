"""OLTR's head against its equations, and a network with it trained, resumed and tested."""

import math

import pytest
import torch
from branch_runs import branch_config, check_resume, check_tested_alone
from mmpretrain.structures import DataSample
from tiny_heads import image_config, write_linear

from vlltr_mm.models import MetaEmbeddingClsHead
from vlltr_mm.structures import FeatureBank


def filled(**kwargs):
    """Return a head whose numbers have no pattern."""
    torch.manual_seed(0)
    head = MetaEmbeddingClsHead(4, 3, **kwargs).double()
    for tensor in head.parameters():
        tensor.data.normal_()
    return head


def feats(batch=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, 3, generator=generator, dtype=torch.float64)


def samples(labels=(0, 1, 3, 3, 0)):
    return [DataSample().set_gt_label(label) for label in labels]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def affine(layer, v):
    return [dot(row, v) + b for row, b in zip(layer.weight, layer.bias)]


def by_loops(head, v, scale=16, reach=10):
    """The logits of one feature (D,), from the equations."""
    memory = head.centroids.detach()
    powers = [value.exp() for value in affine(head.hallucinator, v)]
    shares = [power / sum(powers) for power in powers]
    v_mem = [dot(shares, memory[:, d]) for d in range(len(v))]
    chosen = [value.tanh() for value in affine(head.selector, v)]
    distances = [dot(v - m, v - m).sqrt() for m in memory]
    gamma = reach / min(distances, key=float)
    meta = [gamma * (v[d] + chosen[d] * v_mem[d]) for d in range(len(v))]
    norm = dot(meta, meta).sqrt()
    return torch.stack([
        scale * norm / (1 + norm) * dot(meta, w) / (norm * dot(w, w).sqrt()) for w in head.weight
    ])  # fmt: skip


@pytest.mark.filterwarnings('ignore:Converting a tensor with requires_grad')
def test_equals_loops_with_gradients():
    """Of the memory there is none, of the reachability there is."""
    heads, inputs, gradients = [filled(), filled()], [], []
    for head, compute in zip(heads, (lambda x: heads[0]((x,)), None)):
        x = feats().requires_grad_()
        inputs.append(x)
        z = compute(x) if compute else torch.stack([by_loops(head, v) for v in x])
        (z * torch.arange(z.numel()).view_as(z)).sum().backward()
        gradients.append([z, x.grad, *(p.grad for p in head.parameters())])
    for fast, slow in zip(*gradients):
        assert (fast is None) == (slow is None)
        if fast is not None:
            torch.testing.assert_close(fast, slow)
    assert heads[0].centroids.grad is None


def test_by_hand():
    """v = (3, 4), centroids 0 and (3, 3): γ = 10/1, and v_meta = 10·(v + tanh(1)·M_1/2)."""
    head = MetaEmbeddingClsHead(2, 2)
    for tensor in head.parameters():
        tensor.data.zero_()
    head.centroids.data[1] = 3.0
    head.selector.bias.data.fill_(1.0)
    head.weight.data.copy_(torch.tensor([[2.0, 0.0], [0.0, 5.0]]))
    x, y = (10 * (v + math.tanh(1) * 1.5) for v in (3, 4))
    length = math.hypot(x, y)
    expected = [[16 * x / (1 + length), 16 * y / (1 + length)]]
    z = head((torch.tensor([[3.0, 4.0]]),))
    torch.testing.assert_close(z, torch.tensor(expected))


def test_a_feature_at_its_centroid():
    """The only image of a class: its distance is 0."""
    head = filled().float()
    x = head.centroids[:1].detach().clone().requires_grad_()
    z = head((x,))
    z.sum().backward()
    assert z.isfinite().all() and x.grad.isfinite().all()
    assert torch.equal(head.meta_embedding(x).isfinite(), torch.ones(1, 3, dtype=bool))


def test_losses():
    head = filled(feature_loss=dict(type='AttractRepelLoss', centroid_grad='official'))
    losses = head.loss((feats(),), samples())
    assert set(losses) == {'loss_cls', 'loss_feat'}
    z = torch.stack([by_loops(head, v.clone()) for v in feats()]).detach()
    labels = torch.tensor([0, 1, 3, 3, 0])
    picked = [-(z[i, y] - z[i].exp().sum().log()) for i, y in enumerate(labels)]
    torch.testing.assert_close(losses['loss_cls'].detach(), sum(picked) / 5)
    expected = head.feature_loss(feats(), labels, head.centroids)
    torch.testing.assert_close(losses['loss_feat'], expected)
    mixed = [DataSample().set_gt_score(torch.full((4,), 0.25)) for _ in range(5)]
    with pytest.raises(ValueError, match='Mixup, CutMix'):
        head.loss((feats(),), mixed)


@pytest.mark.parametrize('grad', ['autograd', 'official'])
def test_training(grad):
    """Both losses fall; with the gradient of the code centroids go far faster to their class."""
    torch.manual_seed(0)
    head = MetaEmbeddingClsHead(
        4, 3, feature_loss=dict(type='AttractRepelLoss', centroid_grad=grad)
    )
    labels = [0, 1, 2, 3] * 3
    x = 3 * feats(4).float().repeat(3, 1) + 0.1 * feats(12, seed=2).float()
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    sums, gaps = [], []
    for _ in range(20):
        losses = head.loss((x,), samples(labels))
        gaps.append(float((head.centroids.detach()[labels] - x).norm(dim=1).mean()))
        loss = sum(losses.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums.append(loss.item())
    assert sums[-1] < 0.7 * sums[0]
    # A step of 0.1 · 3/12 · 1/(1 + 3) of the way, or of 0.1 · 3/12 · 0.01.
    step = 1 / 160 if grad == 'official' else 1 / 4000
    assert gaps[-1] / gaps[0] == pytest.approx((1 - step) ** 19, rel=0.02)


def test_autocast_leaves_the_head_alone():
    head, x = filled().float(), feats().float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = head.loss((x,), samples())
    for name, value in head.loss((x,), samples()).items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=0)


def test_open_set():
    head = filled()
    plain = head.predict((feats(),))
    best = sorted(float(sample.pred_score.max()) for sample in plain)
    head.open_threshold = (best[1] + best[2]) / 2
    found = head.predict((feats(),))
    labels = [int(sample.pred_label) for sample in found]
    assert labels.count(-1) == 2
    for one, other in zip(plain, found):
        assert int(other.pred_label) in (-1, int(one.pred_label))
        assert torch.equal(one.pred_score, other.pred_score)


def test_centroids_are_class_means():
    head = filled()
    x, labels = feats(6), torch.tensor([0, 1, 2, 3, 3, 0])
    head.set_centroids(FeatureBank(x, labels, dict(classes='abcd')))
    for c in range(4):
        members = [x[i] for i in range(6) if labels[i] == c]
        torch.testing.assert_close(head.centroids[c].detach(), sum(members) / len(members))
    with pytest.raises(ValueError, match="Class 3 'd' has no row"):
        head.set_centroids(FeatureBank(x[:3], labels[:3], dict(classes='abcd')))


def test_errors():
    with pytest.raises(ValueError, match='open_threshold is 2'):
        MetaEmbeddingClsHead(4, 3, open_threshold=2)
    with pytest.raises(ValueError, match='eps is 0'):
        MetaEmbeddingClsHead(4, 3, eps=0)


def oltr_config(root, norm_eval=True, **hook):
    """Both losses, attention, centroids from the class means, on a frozen trunk."""
    model = dict(
        type='FrozenTrunkClassifier',
        norm_eval=norm_eval,
        backbone=dict(type='CIFARResNet', depth=8, channels=(2, 4, 8)),
        neck=dict(type='OLTRNeck', in_channels=8, out_channels=6, map_size=12),
        head=dict(
            type='MetaEmbeddingClsHead',
            num_classes=4,
            in_channels=6,
            feature_loss=dict(type='AttractRepelLoss', centroid_grad='official'),
        ),
    )
    cfg = branch_config(root, model, epochs=2)
    cfg.train_dataloader.sampler = dict(type='ClassBalancedSampler', power=0, per_class=4)
    images = image_config(root, 'train')
    cfg.custom_hooks.append(
        dict(type='CentroidInitHook', images=images, num_workers=0, batch_size=8, **hook)
    )
    return cfg


@pytest.mark.slow
@pytest.mark.parametrize('norm_eval', [True, False])
def test_resumed_and_tested_alone(tmp_path, norm_eval):
    whole = check_resume(oltr_config(tmp_path, norm_eval))
    assert (whole.state['neck.attention.out.weight'] != 0).any()
    moved = int(whole.state['backbone.bn1.num_batches_tracked'])
    assert (moved == 0) == norm_eval
    assert 0 <= check_tested_alone(whole) <= 100


def test_the_hallucinator_starts_from_the_first_stage(tmp_path):
    path = write_linear(tmp_path)
    head = MetaEmbeddingClsHead(4, 16, linear=path)
    head.init_weights()
    state = torch.load(path)['state_dict']
    assert torch.equal(head.hallucinator.weight, state['head.fc.weight'])
    assert torch.equal(head.hallucinator.bias, state['head.fc.bias'])
    with pytest.raises(ValueError, match='head.fc.weight is'):
        MetaEmbeddingClsHead(4, 5, linear=path).init_weights()
