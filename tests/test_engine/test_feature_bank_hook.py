"""Heads without training are filled before each evaluation."""

import numpy as np
import open_clip
import pytest
import torch
import torch.nn.functional as F
from clip_files import write_bare_state_dict
from dist_utils import run_ranks
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, MODELS
from tiny_heads import embed, head_config, head_runner, image_config, write_linear

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.engine import FeatureBankHook
from vlltr_mm.engine.encoding import build_image_bank
from vlltr_mm.engine.hooks import feature_bank_hook

NCM = dict(type='PrototypeClsHead', num_classes=4, embed_dims=16, center=True, metric='euclidean')
ZERO_SHOT = dict(type='PrototypeClsHead', num_classes=4, embed_dims=16)


def image_hook(root, **kwargs):
    return dict(type='FeatureBankHook', images=image_config(root, 'train'), num_workers=0, **kwargs)


@pytest.mark.slow
def test_the_bank_is_made_with_the_tested_weights(tmp_path):
    weights = write_linear(tmp_path)
    runner = head_runner(tmp_path, NCM, [image_hook(tmp_path)], weights)
    started = runner.model.backbone.visual.conv1.weight.clone()
    top1 = runner.test()['accuracy/top1']
    model = runner.model
    assert not torch.equal(model.backbone.visual.conv1.weight, started)
    feats, labels = embed(model, DATASETS.build(image_config(tmp_path, 'train')))
    center = feats.mean(dim=0)
    unit = F.normalize(feats - center, dim=1)
    means = torch.stack([unit[labels == c].mean(dim=0) for c in range(4)])
    torch.testing.assert_close(model.head.prototypes, means)
    tested, truth = embed(model, DATASETS.build(image_config(tmp_path, 'test')))
    tested = F.normalize(tested - center, dim=1)
    nearest = torch.tensor(
        [min(range(4), key=lambda c: float((f - means[c]).norm())) for f in tested]
    )
    right = (nearest == truth).double().mean()
    assert top1 == pytest.approx(100 * float(right))


@pytest.mark.parametrize('owner', ['FeatureBankHook', 'TauSweepHook'])
def test_images_of_other_classes_are_refused(tmp_path, owner):
    names = ['white square', 'blue square', 'green square', 'red square']
    tau = dict(type='TauNormClsHead', num_classes=4, in_channels=16)
    head = NCM if owner == 'FeatureBankHook' else tau
    images = dict(
        image_config(tmp_path, 'val'),
        type='CustomDataset',
        ann_file='ImageNet_LT_val.txt',
        metainfo=dict(classes=names),
    )
    del images['split']
    hook = dict(type=owner, images=images, num_workers=0)
    if owner == 'TauSweepHook':
        hook['taus'] = [0.0, 1.0]
    runner = head_runner(tmp_path, head, [hook])
    with pytest.raises(ValueError, match=f"images of {owner}, .* another order: 0 is 'white"):
        runner.test()


def exchange(runner):
    """Change the tested weights, later than any other hook of an epoch could."""
    runner.model.backbone.visual.conv1.weight.data += 0.5


@pytest.mark.slow
def test_weights_that_the_last_hook_exchanges_are_those_of_the_bank(tmp_path):
    runner = head_runner(tmp_path, NCM, [image_hook(tmp_path)])
    late = Hook()
    late.before_test_epoch = exchange
    runner.register_hook(late, 'LOWEST')
    runner.test()
    found = runner.model.head.prototypes.clone()
    dataset = DATASETS.build(image_config(tmp_path, 'train'))
    runner.model.head.set_bank(build_image_bank(runner.model, dataset, batch_size=256))
    assert torch.equal(found, runner.model.head.prototypes)


def test_neighbours_from_images(tmp_path):
    head = dict(type='KNNClsHead', num_classes=4, k=3)
    hook = image_hook(tmp_path, max_images_per_class=2)
    runner = head_runner(tmp_path, head, [hook], write_linear(tmp_path))
    assert 0 <= runner.val()['accuracy/top1'] <= 100
    assert runner.model.head.bank_labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def text_hook(root, arch):
    weights = root / 'clip.pt'
    torch.manual_seed(5)
    write_bare_state_dict(weights, open_clip.CLIP(**arch))
    return dict(
        type='FeatureBankHook',
        corpus=dict(
            sources=[dict(type='WikiTexts', root=str(root / 'data/wiki'))],
            cache_dir=str(root / 'cache'),
        ),
        text_backbone=dict(type='OpenCLIPTextBackbone', arch=arch, pretrained=str(weights)),
    )


def test_prototypes_from_sentences(tmp_path):
    runner = head_runner(tmp_path, ZERO_SHOT)
    hook = text_hook(tmp_path, runner.cfg.arch.to_dict())
    runner.register_hook(hook)
    runner.test()
    tower = MODELS.build(hook['text_backbone']).eval()
    tower.init_weights()
    classes = runner.test_dataloader.dataset.metainfo['classes']
    corpus = TextCorpus(classes, **hook['corpus'])
    for label in range(4):
        with torch.no_grad():
            (feats,) = tower(corpus.tokens(label))
        mean = sum(f / f.norm() for f in feats) / len(feats)
        torch.testing.assert_close(runner.model.head.prototypes[label], mean / mean.norm())


@pytest.fixture
def counted(monkeypatch):
    """Count the banks that are made."""
    calls = []
    for name in ('build_image_bank', 'build_sentence_bank'):
        build = getattr(feature_bank_hook, name)
        monkeypatch.setattr(
            feature_bank_hook, name, lambda *args, b=build, n=name: (calls.append(n), b(*args))[1]
        )
    return calls


@pytest.mark.slow
def test_images_are_encoded_again_when_the_tower_changed(tmp_path, counted):
    runner = head_runner(tmp_path, NCM, [image_hook(tmp_path)])
    head = runner.model.head
    runner.test()
    first = head.prototypes.clone()
    head.prototypes.zero_()  # as loading another checkpoint may
    runner.test()
    assert torch.equal(head.prototypes, first) and len(counted) == 1
    runner.val()
    assert len(counted) == 1
    runner.model.backbone.visual.conv1.weight.data += 0.5
    runner.test()
    assert not torch.equal(head.prototypes, first) and len(counted) == 2


def test_sentences_are_encoded_once(tmp_path, counted):
    runner = head_runner(tmp_path, ZERO_SHOT)
    runner.register_hook(text_hook(tmp_path, runner.cfg.arch.to_dict()))
    runner.val()
    runner.model.backbone.visual.conv1.weight.data += 0.5
    runner.test()
    assert counted == ['build_sentence_bank']


def test_a_wrapped_model_is_filled(tmp_path):
    runner = head_runner(tmp_path, ZERO_SHOT)
    model = runner.model
    runner.model = torch.nn.DataParallel(model)
    assert runner.test_loop is not None  # builds it
    hook = FeatureBankHook(images=image_config(tmp_path, 'train'), num_workers=0)
    hook.before_test_iter(runner, 0)
    assert model.head.prototypes.norm(dim=1).tolist() == pytest.approx([1] * 4)


def distributed_test(rank, world_size, root, weights):
    """Test with one of two ranks; give top1 and the prototypes."""
    cfg = head_config(root, NCM, [image_hook(root)], weights)
    cfg.launcher = 'pytorch'
    cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
    # The wrapper refuses a model without any parameter to train.
    cfg.model.backbone.frozen = False
    runner = Runner.from_cfg(cfg)
    top1 = runner.test()['accuracy/top1']
    return top1, runner.model.module.head.prototypes.numpy()


@pytest.mark.slow
def test_two_ranks_fill_their_heads_alike(tmp_path):
    weights = write_linear(tmp_path)
    runner = head_runner(tmp_path, NCM, [image_hook(tmp_path)], weights)
    top1 = runner.test()['accuracy/top1']
    first, second = run_ranks(distributed_test, tmp_path, weights)
    assert first[0] == second[0] == pytest.approx(top1)
    np.testing.assert_array_equal(first[1], second[1])
    # Other batches, and no channels-last: rounding of differences of 0.01
    # between features of norm 1.
    np.testing.assert_allclose(first[1], runner.model.head.prototypes, rtol=0, atol=1e-4)


def test_a_class_without_images_is_named(tmp_path):
    runner = head_runner(tmp_path, ZERO_SHOT, [image_hook(tmp_path)])
    lines = (tmp_path / 'data/ImageNet_LT_train.txt').read_text().splitlines()
    kept = [line for line in lines if not line.endswith(' 3')]
    (tmp_path / 'data/ImageNet_LT_train.txt').write_text('\n'.join(kept))
    with pytest.raises(ValueError, match="Class 3 'white square' has no row"):
        runner.test()


def test_errors(tmp_path):
    for kwargs in (dict(), dict(images={}, corpus={})):
        with pytest.raises(ValueError, match='exactly one of them'):
            FeatureBankHook(**kwargs)
    with pytest.raises(ValueError, match='text_backbone None; .* need both'):
        FeatureBankHook(corpus={})
    with pytest.raises(ValueError, match='need both, images neither'):
        FeatureBankHook(images={}, text_backbone={})
    with pytest.raises(ValueError, match='without `pretrained`'):
        FeatureBankHook(corpus={}, text_backbone=dict(arch='RN50'))
    linear = dict(type='LinearClsHead', num_classes=4, in_channels=16)
    runner = head_runner(tmp_path, linear, [image_hook(tmp_path)])
    with pytest.raises(ValueError, match='model.head is LinearClsHead'):
        runner.test()
