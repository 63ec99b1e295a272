"""Several crops of each image, for every head, against crops cut in a loop."""

import copy

import mmcv
import mmengine
import numpy as np
import pytest
import torch
from cosine_runs import cosine_config
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from repo import REPO
from tiny_heads import head_config, image_config

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, use_test_time_ensemble
from vlltr_mm.apis.running.stages import evaluation_runner
from vlltr_mm.apis.running.test_time_ensemble import default_shift

SIZE, SHIFT = 48, 18  # one and a half patches
BANK = 'FeatureBankHook'
SHAPE = dict(num_classes=4, in_channels=16)
HEADS = dict(
    linear=dict(type='LinearClsHead', **SHAPE),
    cosine=dict(type='CosineLinearClsHead', scale=25.0, **SHAPE),
    lgr=dict(type='LGRHead', num_anchors=3, logit_scale=2.0, **SHAPE),
    additive=dict(type='AdditiveLGRHead', num_anchors=3, logit_scale=2.0, **SHAPE),
    prototype=dict(type='PrototypeClsHead', num_classes=4, embed_dims=16),
    knn=dict(type='KNNClsHead', num_classes=4, k=3),
)


def write_run(root, head, hooks=()):
    """Write config and checkpoint of a head with weights of no pattern."""
    if head['type'] in ('PrototypeClsHead', 'KNNClsHead'):
        hooks = [dict(type=BANK, images=image_config(root, 'train'), num_workers=0), *hooks]
    cfg = cosine_config(root, hooks, out_type='embedding')
    cfg.model.head = head
    init_default_scope('mmpretrain')
    torch.manual_seed(4)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    model.backbone.init_weights()
    for tensor in model.head.parameters():
        tensor.data += torch.randn_like(tensor)
    if hasattr(model.head, 'set_anchors'):
        model.head.set_anchors(torch.randn(4, 3, 16), torch.ones(4, 3, dtype=torch.bool))
    path, weights = root / 'run.py', root / 'weights.pth'
    cfg.dump(str(path))
    torch.save(dict(meta={}, state_dict=model.state_dict()), weights)
    return str(path), str(weights)


def views(path, shift, mirror=False):
    """Cut the crops of an image, one by one."""
    img = mmcv.imread(path)
    scale = SIZE + shift
    height, width = img.shape[:2]
    short = min(height, width)
    wide = (int(scale * width / short), int(scale * height / short))
    img = mmcv.imresize(img, wide, interpolation='bicubic', backend='cv2')
    down, right = img.shape[0] - SIZE, img.shape[1] - SIZE
    for top, left in ((0, 0), (0, right), (down, 0), (down, right)):
        yield img[top : top + SIZE, left : left + SIZE]
    yield img[round(down / 2) :, round(right / 2) :][:SIZE, :SIZE]
    if mirror:
        yield from [view[:, ::-1] for view in views(path, shift)]


@torch.no_grad()
def logits_of(model, view):
    """Put one crop through the network, as MMPretrain would."""
    inputs = torch.from_numpy(np.ascontiguousarray(view.transpose(2, 0, 1)))
    inputs = model.data_preprocessor(dict(inputs=inputs[None]))['inputs']
    return model.head(model.extract_feat(inputs))[0]


class Keep(Hook):
    """Keep what was predicted."""

    def __init__(self):
        self.samples = []

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.samples += outputs


def scores_of(runner):
    """Test; return the scores (N, C), the samples and the metrics."""
    keep = Keep()
    runner.register_hook(keep)
    metrics = runner.test()
    return torch.stack([s.pred_score for s in keep.samples]), keep.samples, metrics


def check_scores(scores, samples, model, shift=SHIFT, crops=5, average='logits'):
    """Compare scores with those of crops that go through a model one by one."""
    assert scores.std(dim=0).max() > 0.02  # images differ
    assert len({s.img_path for s in samples}) == len(samples) == 12
    for score, sample in zip(scores, samples):
        parts = [logits_of(model, v) for v in views(sample.img_path, shift, crops == 10)]
        assert len(parts) == crops
        if average == 'logits':
            expected = (sum(parts) / crops).softmax(dim=0)
        else:
            expected = sum(part.softmax(dim=0) for part in parts) / crops
        # Rows of a batch are summed in another order.
        torch.testing.assert_close(score, expected, atol=1e-4, rtol=1e-3)
        assert int(sample.pred_label) == int(score.argmax())


@pytest.mark.parametrize(
    'kind, crops, average', [(kind, 5, 'logits') for kind in HEADS] + [('lgr', 10, 'scores')]
)
def test_every_head(tmp_path, kind, crops, average):
    path, weights = write_run(tmp_path, HEADS[kind])
    cfg = use_test_time_ensemble(Config.fromfile(path), crops, average)
    assert cfg.test_dataloader.batch_size == 128 // crops
    runner = evaluation_runner(cfg, weights)
    scores, samples, metrics = scores_of(runner)
    check_scores(scores, samples, runner.model.eval(), SHIFT, crops, average)
    right = [int(s.pred_label) == int(s.gt_label) for s in samples]
    assert metrics['accuracy/top1'] == pytest.approx(100 * sum(right) / 12)


def test_five_equal_crops_are_the_plain_test(tmp_path):
    path, weights = write_run(tmp_path, HEADS['cosine'])
    plain, _, _ = scores_of(evaluation_runner(Config.fromfile(path), weights))
    cfg = use_test_time_ensemble(Config.fromfile(path), shift=0)  # all crops are the image
    same, _, _ = scores_of(evaluation_runner(cfg, weights))
    torch.testing.assert_close(same, plain, atol=1e-5, rtol=1e-4)
    assert plain.std(dim=0).max() > 0.02


def test_metrics_and_files_of_predictions(tmp_path):
    path, weights = write_run(tmp_path, HEADS['linear'])
    runner = evaluation_runner(use_test_time_ensemble(Config.fromfile(path), shift=7), weights)
    scores, _, metrics = scores_of(runner)
    file = tmp_path / 'pred.pkl'
    found = apis.test(path, weights, RunOptions(tte=5, tte_shift=7), str(file))
    assert found == pytest.approx(metrics, nan_ok=True)
    stored = torch.stack([one['pred_score'] for one in mmengine.load(str(file))])
    torch.testing.assert_close(stored, scores)


def test_averaged_weights(tmp_path):
    """Those are tested that an EMA run saves as its model."""
    hooks = [dict(type='EMAHook', momentum=0.9, update_buffers=True)]
    cfg = cosine_config(tmp_path, hooks, head=dict(in_channels=32))
    cfg.optim_wrapper.optimizer.lr = 0.5
    cfg.dump(str(tmp_path / 'ema.py'))
    Runner.from_cfg(Config.fromfile(tmp_path / 'ema.py')).train()
    weights = str(tmp_path / 'work/epoch_2.pth')
    cfg = use_test_time_ensemble(Config.fromfile(tmp_path / 'ema.py'))
    runner = evaluation_runner(cfg, weights)
    scores, samples, _ = scores_of(runner)
    averaged = copy.deepcopy(runner.model).eval()
    averaged.load_state_dict(torch.load(weights, weights_only=False)['state_dict'])
    assert not torch.equal(averaged.head.fc.weight, runner.model.head.fc.weight)
    check_scores(scores, samples, averaged)


def test_shifts():
    """One and a half patches; 3/28 of the size where there are none."""
    backbone = dict(type='OpenCLIPVisionBackbone')
    for arch, size, shift in (
        ('ViT-B-16-quickgelu', 224, 24),
        ('ViT-L-14-quickgelu', 224, 21),
        ('ViT-L-14-336-quickgelu', 336, 21),
        ('ViT-B-32-quickgelu', 224, 48),
        ('RN50-quickgelu', 224, 24),
    ):
        assert default_shift(dict(backbone, arch=arch), size) == shift, arch
    arch = dict(embed_dim=1, vision_cfg=dict(layers=2, patch_size=8), text_cfg={})
    assert default_shift(dict(backbone, arch=arch), 32) == 12
    assert default_shift(dict(type='VisionTransformer', patch_size=16), 224) == 24
    assert default_shift(dict(type='ResNet', depth=50), 64) == 7


def test_the_pipelines_of_the_recipes(tmp_path):
    for name, scale in (
        ('lift/lift_vit-b16_imagenet_lt', 248),
        ('lift/lift-plus_vit-l14_inat18', 245),
    ):
        cfg = Config.fromfile(REPO / 'configs' / f'{name}.py')
        steps = use_test_time_ensemble(cfg).test_dataloader.dataset.pipeline
        assert [s.type for s in steps] == [
            'LoadImageFromFile',
            'ResizeEdge',
            'CropStack',
            'PackInputs',
        ]
        plain = cfg.test_dataloader.dataset.pipeline[1]
        assert dict(steps[1], scale=256) == plain and steps[1].scale == scale
        assert steps[2] == dict(type='CropStack', size=224, crops=5)
        assert cfg.test_dataloader.dataset.pipeline[2].type == 'CenterCrop'  # not changed


def test_hooks_see_images_as_before(tmp_path):
    """A bank of images has one view of each, whatever is tested."""
    cfg = head_config(tmp_path, HEADS['knn'], [dict(type=BANK, images='train_dataloader')])
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    images = use_test_time_ensemble(cfg).custom_hooks[0].images
    assert images.pipeline == cfg.test_dataloader.dataset.pipeline


def test_what_cannot_be_cut(tmp_path):
    cfg = head_config(tmp_path, HEADS['linear'])

    def refused(pipeline):
        cfg.test_dataloader.dataset.pipeline = pipeline
        with pytest.raises(ValueError, match="The test pipeline of .* write dict.type='CropStack'"):
            use_test_time_ensemble(cfg)

    edge = dict(type='ResizeEdge', scale=56)
    refused([edge])
    refused([dict(type='Resize', scale=(48, 64))])
    refused([edge, dict(type='CenterCrop', crop_size=(48, 32))])
    refused([edge, dict(type='CropStack', size=48)])
    refused(None)
    for arguments, message in (
        (dict(crops=3), 'tte is 3; allowed are 5 and 10 crops'),
        (dict(average='votes'), "tte_average is 'votes'"),
        (dict(shift=-1), 'tte_shift is -1'),
    ):
        with pytest.raises(ValueError, match=message):
            use_test_time_ensemble(cfg, **arguments)
    stage1 = Config.fromfile(REPO / 'configs/demo/cvlp_tiny_shapes_lt.py')
    with pytest.raises(ValueError, match='tests no classifier .model.type is CVLP'):
        use_test_time_ensemble(stage1)


def test_hook_and_pipeline_belong_together(tmp_path):
    path, weights = write_run(tmp_path, HEADS['linear'], [dict(type='CropEnsembleHook')])
    with pytest.raises(ValueError, match='got one view of each image; put dict.type=CropStack'):
        evaluation_runner(Config.fromfile(path), weights).test()


def test_a_prediction_is_of_one_view(tmp_path):
    path, weights = write_run(tmp_path, HEADS['linear'])
    cfg = use_test_time_ensemble(Config.fromfile(path))
    cfg.dump(path)
    with pytest.raises(ValueError, match='tests with several crops of each image .CropStack.'):
        apis.Predictor(path, weights)
