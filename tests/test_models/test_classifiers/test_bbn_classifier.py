"""BBN's mix of two branches against loops; trained, resumed, tested."""

import math

import pytest
import torch
import torch.nn.functional as F
from branch_runs import branch_config, check_resume, check_tested_alone, train
from mmengine.dataset import default_collate, pseudo_collate
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from vlltr_mm.models import BBNClassifier
from vlltr_mm.models.classifiers.bbn_classifier import cumulative_divisor

BACKBONE = dict(type='BBNCIFARResNet', depth=14, channels=(4, 6, 8))
MODEL = dict(
    type='BBNClassifier',
    backbone=BACKBONE,
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=4, in_channels=16),
)


def model_of(epoch=None, max_epochs=5, **kwargs):
    torch.manual_seed(0)
    model = MODELS.build(dict(MODEL, **kwargs)).double()
    model.init_weights()
    model.head.fc.weight.data.normal_()
    if epoch is not None:
        model.begin_epoch(epoch, max_epochs)
    return model.eval()  # BatchNorm that does not depend on the batch


def pairs(size=3):
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(2 * size, 3, 16, 16, dtype=torch.float64, generator=generator)
    labels = torch.randint(4, (2 * size,), generator=generator).tolist()
    samples = [DataSample().set_gt_label(label) for label in labels]
    for index, sample in enumerate(samples):
        sample.set_metainfo(dict(branch='rebalancing' if index >= size else 'conventional'))
    return images, samples, labels


@torch.no_grad()
@pytest.mark.parametrize('epoch', [0, 2, 4])
@pytest.mark.parametrize('scale', [1.0, 2.0])
def test_the_loss_is_the_papers(epoch, scale):
    model = model_of(epoch, scale=scale)
    images, samples, labels = pairs()
    alpha, total = 1 - (epoch / 5) ** 2, 0.0
    weight, bias = model.head.fc.weight, model.head.fc.bias
    for i in range(3):
        maps = [model.backbone(images[j : j + 1]) for j in (i, i + 3)]
        first, second = maps[0][0].mean((2, 3))[0], maps[1][1].mean((2, 3))[0]
        logits = []
        for c in range(4):
            z = bias[c]
            for d in range(8):
                z = z + scale * alpha * first[d] * weight[c, d]
                z = z + scale * (1 - alpha) * second[d] * weight[c, 8 + d]
            logits.append(float(z))
        logsum = math.log(sum(math.exp(z) for z in logits))
        total += alpha * (logsum - logits[labels[i]]) / 3
        total += (1 - alpha) * (logsum - logits[labels[i + 3]]) / 3
    losses = model.loss(images, samples)
    assert list(losses) == ['loss'] and float(losses['loss']) == pytest.approx(total, rel=1e-9)


def test_by_hand():
    """α = 3/4 and features 1: z = (3/4·1 + 1/4·1, 0) with weights (1, 0)."""
    model = model_of(1, 2)
    model.backbone.forward = lambda x, branch=None: (x.new_ones(len(x), 8, 1, 1),)
    model.head.fc.weight.data.zero_()[0, 0] = 1.0
    model.head.fc.weight.data[0, 8] = 1.0
    model.head.fc.bias.data.zero_()
    images, samples, _ = pairs(1)
    samples[0].set_gt_label(0), samples[1].set_gt_label(1)
    logsum = math.log(math.e + 3)
    expected = 0.75 * (logsum - 1) + 0.25 * logsum
    assert model.loss(images, samples)['loss'].item() == pytest.approx(expected)


def test_the_first_epoch_trains_the_conventional_branch():
    """α = 1 is plain cross entropy on it; the other one gets no gradient."""
    model = model_of(0)
    images, samples, labels = pairs()
    loss = model.loss(images, samples)['loss']
    first = model.backbone(images[:3], branch='conventional')[0].mean((2, 3))
    logits = F.linear(first, model.head.fc.weight[:, :8], model.head.fc.bias)
    torch.testing.assert_close(loss, F.cross_entropy(logits, torch.tensor(labels[:3])))
    loss.backward()
    assert all(p.grad.abs().max() == 0 for p in model.backbone.rebalancing.parameters())
    assert all(p.grad.abs().max() > 0 for p in model.backbone.conventional.parameters())


def test_the_test_has_both_halves():
    """α = 1/2; with the authors' factor 2 that is the plain pair of features."""
    for scale in (1.0, 2.0):
        model = model_of(scale=scale)
        images, *_ = pairs()
        maps = model.backbone(images)
        feats = torch.cat([m.mean((2, 3)) for m in maps], dim=1)
        torch.testing.assert_close(model.extract_feat(images)[0], scale / 2 * feats)
        scores = model.predict(images)
        expected = model.head.fc(scale / 2 * feats).softmax(1)
        torch.testing.assert_close(torch.stack([s.pred_score for s in scores]), expected)
    assert len(model.extract_feat(images, stage='backbone')) == 2
    torch.testing.assert_close(model.extract_feat(images, 'pre_logits'), feats)


def test_the_schedule():
    rules = [(e, cumulative_divisor('official', e)) for e in (40, 90, 100, 180, 200)]
    assert rules == [(40, 40), (90, 100), (100, 100), (180, 200), (200, 200)]
    model = model_of(divisor='official')
    model.begin_epoch(179, 180)
    assert model.alpha == pytest.approx(0.198975)  # never 0
    model = model_of()
    alphas = []
    for epoch in range(4):
        model.begin_epoch(epoch, 4)
        alphas.append(model.alpha)
    assert alphas == [1, 15 / 16, 3 / 4, 7 / 16]
    assert cumulative_divisor(200, 180) == 200


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate])
def test_pairs_become_a_batch(collate):
    preprocessor = MODELS.build(
        dict(type='DualSampleDataPreprocessor', mean=[1.0] * 3, std=[2.0] * 3, to_rgb=True)
    )
    images, samples, _ = pairs()
    items = [
        dict(inputs=[images[i], images[i + 3]], data_samples=[samples[i], samples[i + 3]])
        for i in range(3)
    ]
    out = preprocessor(collate(items), training=True)
    torch.testing.assert_close(out['inputs'], (images.flip(1).float() - 1) / 2)
    assert out['data_samples'] == samples
    single = [dict(inputs=images[i], data_samples=samples[i]) for i in range(3)]
    alone = preprocessor(collate(single))
    torch.testing.assert_close(alone['inputs'], out['inputs'][:3])
    assert alone['data_samples'] == samples[:3]
    assert preprocessor(dict(inputs=[images[0]]))['inputs'].shape == (1, 3, 16, 16)


def test_mixup_mixes_like_with_like():
    augment = dict(augments=[dict(type='Mixup', alpha=1.0)], probs=[1.0])
    preprocessor = MODELS.build(
        dict(type='DualSampleDataPreprocessor', num_classes=4, batch_augments=augment)
    )
    images = [torch.full((3, 4, 4), float(i // 2)) for i in range(4)]
    samples = [DataSample().set_gt_label(i // 2) for i in range(4)]
    items = [
        dict(inputs=[images[i], images[i + 2]], data_samples=[samples[i], samples[i + 2]])
        for i in range(2)
    ]
    out = preprocessor(default_collate(items), training=True)
    torch.testing.assert_close(out['inputs'], torch.stack(images))
    scores = torch.stack([s.gt_score for s in out['data_samples']])
    torch.testing.assert_close(scores, F.one_hot(torch.tensor([0, 0, 1, 1]), 4).float())


def test_errors():
    images, samples, _ = pairs()
    with pytest.raises(RuntimeError, match="does not know the epoch.*type='ModelEpochHook'"):
        model_of().loss(images, samples)
    for wrong in (samples[:3], samples[::-1]):
        with pytest.raises(ValueError, match="pairs of images; .*type='DualSampleDataset'"):
            model_of(0).loss(images[: len(wrong)], wrong)
    with pytest.raises(ValueError, match="divisor is 'epochs'; give 'max_epochs'"):
        model_of(divisor='epochs')
    with pytest.raises(ValueError, match=r'divisor \(the training has max_epochs\) is 100; .*180'):
        model_of(divisor=100).begin_epoch(0, 180)
    with pytest.raises(ValueError, match='has no neck'):
        BBNClassifier(BACKBONE, neck=None)
    with pytest.raises(ValueError, match='scale is 0'):
        model_of(scale=0)


@pytest.mark.slow
def test_trains_resumes_and_is_tested_alone(tmp_path):
    """Second images of loader processes and α are those of the unbroken run."""
    cfg = branch_config(tmp_path, MODEL, type='DualSampleDataset')
    cfg.data_preprocessor.type = 'DualSampleDataPreprocessor'
    whole = check_resume(cfg)
    assert whole.runner.model.alpha == 1 - (3 / 4) ** 2
    # Later α moves it from one set of images to another.
    assert whole.losses[1] < whole.losses[0]
    check_tested_alone(whole)


def test_without_pairs_nothing_is_trained(tmp_path):
    with pytest.raises(ValueError, match='trained with pairs of images'):
        train(branch_config(tmp_path, MODEL))
