"""Whole runs on a GPU: both stages, resuming, metrics, heads that read a bank."""

import pytest
import torch
from gpu_device import DEVICE, HALF, amp_anywhere
from tiny_heads import head_runner, image_config
from tiny_runs import write_tiny_runs

from vlltr_mm.apis import RunOptions, train
from vlltr_mm.evaluation import ClassSplitAccuracy, SentenceRetrieval
from vlltr_mm.structures import FeatureBank

# What drivers and libraries of a card warn of is no fault of ours.
pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings('default')]
AMP = {
    'optim_wrapper.type': 'AmpOptimWrapper',
    'optim_wrapper.dtype': HALF,
    'optim_wrapper.loss_scale': 'dynamic',
    'env_cfg.cudnn_benchmark': False,
}


def run(config, resume=None, **options):
    with amp_anywhere():
        train(config, RunOptions(cfg_options={**AMP, **options}, resume=resume))


def weights(path):
    return torch.load(path, map_location='cpu', weights_only=False)['state_dict']


def trained(path):
    """Return the weights of both towers and the scale as one vector."""
    state = weights(path)
    parts = [t.flatten().float() for k, t in state.items() if not k.startswith('teacher')]
    return torch.cat(parts)


@pytest.mark.slow
def test_a_resumed_run_ends_as_the_unbroken_one(tmp_path):
    stage1, _ = write_tiny_runs(tmp_path)
    whole, broken = (str(tmp_path / name) for name in ('whole', 'broken'))
    run(stage1, work_dir=whole, **{'default_hooks.checkpoint.max_keep_ckpts': 2})
    run(stage1, f'{whole}/epoch_1.pth', work_dir=broken)
    between, right, found = (
        trained(f'{folder}/epoch_{epoch}.pth')
        for folder, epoch in ((whole, 1), (whole, 2), (broken, 2))
    )
    # A card adds in another order each time; what is lost in a resume is as large as an epoch.
    assert (found - right).norm() <= 0.05 * (right - between).norm()


@pytest.mark.slow
def test_both_stages(tmp_path):
    _, stage2 = write_tiny_runs(tmp_path)
    run(stage2)
    state = weights(tmp_path / 'runs/stage2/epoch_2.pth')
    assert all(t.isfinite().all() for k, t in state.items() if k.startswith('head.visual_mlp'))


@pytest.mark.slow
@pytest.mark.parametrize(
    'head',
    [
        dict(type='PrototypeClsHead', num_classes=4, embed_dims=16, center=True),
        dict(type='KNNClsHead', num_classes=4, k=3),
    ],
)
def test_banks_of_a_run(tmp_path, head):
    hook = dict(type='FeatureBankHook', images=image_config(tmp_path, 'train'), num_workers=0)
    runner = head_runner(tmp_path, head, [hook])
    found = runner.test()
    assert 0 <= found['accuracy/top1'] <= 100
    assert next(runner.model.parameters()).device.type == torch.device(DEVICE).type


def test_class_splits_of_tensors_on_the_device():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(40, 3, generator=generator)
    labels = torch.arange(40) % 3
    results = []
    for device in ('cpu', DEVICE):
        metric = ClassSplitAccuracy(class_counts=[200, 50, 5])
        metric.dataset_meta = dict(classes=('a', 'b', 'c'))
        samples = [
            dict(pred_score=s.to(device), pred_label=s.argmax().to(device), gt_label=y.to(device))
            for s, y in zip(scores, labels.unsqueeze(1))
        ]
        metric.process(None, samples)
        results.append(metric.evaluate(40))
    assert results[0] == pytest.approx(results[1])


def test_sentence_retrieval_of_tensors_on_the_device():
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(23, 6, generator=generator)
    sentences, labels = torch.randn(31, 6, generator=generator), torch.arange(31) % 3
    results = []
    for device in ('cpu', DEVICE):
        metric = SentenceRetrieval(class_counts=[200, 50, 5])
        metric.dataset_meta = dict(classes=('a', 'b', 'c'))
        metric.set_sentence_bank(FeatureBank(sentences.to(device), labels.to(device)))
        samples = [
            dict(image_feat=feat.to(device), gt_label=torch.tensor([i % 3], device=device))
            for i, feat in enumerate(images)
        ]
        metric.process(None, samples)
        results.append(metric.evaluate(23))
    assert results[0] == pytest.approx(results[1])
