"""A cosine classifier starts from the names of its classes."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from cosine_runs import ARCH, PROMPTS, cosine_config, cosine_runner, text_hook, write_clip
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, MODELS
from tiny_heads import embed, image_config
from tiny_runs import NAMES

from vlltr_mm.datasets.corpus.clip_tokens import encode_texts
from vlltr_mm.engine import TextClassifierInitHook


class Recorder(Hook):
    """Note the classifier at the start of each epoch, and when there was a validation."""

    def __init__(self):
        self.weights, self.validated = [], []

    def before_train_epoch(self, runner):
        self.weights.append(runner.model.head.fc.weight.detach().clone())

    def after_val_epoch(self, runner, metrics=None):
        self.validated.append((runner.epoch, metrics['accuracy/top1']))


@torch.no_grad()
def expected_start(root, templates=PROMPTS):
    """Encode sentence by sentence; pull the mean back through the projection."""
    settings = dict(arch=ARCH, pretrained=write_clip(root))
    text = MODELS.build(dict(type='OpenCLIPTextBackbone', **settings))
    image = MODELS.build(dict(type='OpenCLIPVisionBackbone', **settings))
    for tower in (text, image):
        tower.init_weights()
        tower.eval()
    rows = []
    for name in NAMES:
        feats = []
        for template in templates:
            ids, _ = encode_texts([template.format(name.replace('_', ' '))])
            (feat,) = text(torch.from_numpy(ids.astype('int64'))[None])
            feats.append(F.normalize(feat[0], dim=0))
        mean = F.normalize(torch.stack(feats).mean(dim=0), dim=0)
        rows.append(F.normalize(image.visual.proj @ mean, dim=0))
    return torch.stack(rows)


def trained(root, **changes):
    recorder = Recorder()
    runner = cosine_runner(root, [text_hook(root, **changes)])
    runner.register_hook(recorder)
    runner.train()
    return runner, recorder


def test_training_begins_at_the_texts(tmp_path):
    runner, recorder = trained(tmp_path, validate=True)
    start = expected_start(tmp_path)
    torch.testing.assert_close(recorder.weights[0], start, atol=1e-6, rtol=1e-5)
    assert not torch.equal(recorder.weights[1], recorder.weights[0])
    # The accuracy of the start is told, and it is that of the nearest text.
    assert [epoch for epoch, _ in recorder.validated] == [0, 1, 2]
    feats, labels = embed(runner.model, DATASETS.build(runner.cfg.val_dataloader.dataset))
    right = (feats @ start.T).argmax(dim=1) == labels
    assert recorder.validated[0][1] == pytest.approx(100 * right.double().mean().item())
    assert '- Epoch(val) [0]' in next(Path(runner.log_dir).glob('*.log')).read_text()
    # Neither the text tower nor its text is in the checkpoint.
    state = torch.load(Path(runner.work_dir) / 'epoch_2.pth', weights_only=False)['state_dict']
    assert not [key for key in state if 'text' in key]
    assert {key.partition('.')[0] for key in state} == {'backbone', 'head'}


def test_a_checkpoint_with_the_classifier_keeps_it(tmp_path):
    whole, recorder = trained(tmp_path)
    file = str(Path(whole.work_dir) / 'epoch_1.pth')
    cfg = cosine_config(tmp_path, [text_hook(tmp_path)])
    cfg.load_from, cfg.resume = file, True
    again = Recorder()
    runner = Runner.from_cfg(cfg)
    runner.register_hook(again)
    runner.train()
    assert torch.equal(again.weights[0], recorder.weights[1])
    for key, value in runner.model.state_dict().items():
        assert torch.equal(value, whole.model.state_dict()[key]), key


def test_averaged_weights_are_validated_at_the_start_too(tmp_path):
    recorder = Recorder()
    hooks = [dict(type='EMAHook', momentum=0.5), text_hook(tmp_path, validate=True)]
    cfg = cosine_config(tmp_path, hooks)
    cfg.train_cfg.max_epochs = 1
    runner = Runner.from_cfg(cfg)
    runner.register_hook(recorder)
    runner.train()
    feats, labels = embed(runner.model, DATASETS.build(runner.cfg.val_dataloader.dataset))
    right = (feats @ expected_start(tmp_path).T).argmax(dim=1) == labels
    assert recorder.validated[0] == (0, pytest.approx(100 * right.double().mean().item()))


def run_hook(root, hook, **changes):
    """Call a hook as a run would, and return the classifier."""
    cfg = cosine_config(root, **changes)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    model.init_weights()
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    loader, logger = SimpleNamespace(dataset=dataset), MMLogger.get_current_instance()
    runner = SimpleNamespace(
        model=model, train_dataloader=loader, cfg=cfg, logger=logger, hooks=[], val_loop=None
    )
    hook.before_train(runner)
    return model


def make_hook(root, **kwargs):
    settings = text_hook(root, **kwargs)
    settings.pop('type')
    return TextClassifierInitHook(**settings)


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_a_checkpoint_without_the_classifier_leaves_it_to_the_text(tmp_path, prefix):
    hook = make_hook(tmp_path)
    hook.after_load_checkpoint(None, dict(state_dict={f'{prefix}backbone.visual.proj': 0}))
    weight = run_hook(tmp_path, hook).head.fc.weight
    torch.testing.assert_close(weight.data, expected_start(tmp_path), atol=1e-6, rtol=1e-5)
    hook.after_load_checkpoint(None, dict(state_dict={f'{prefix}head.fc.weight': 0}))
    kept = run_hook(tmp_path, hook).head.fc.weight
    assert not torch.allclose(kept, weight, atol=0.1)


def test_centred_texts(tmp_path):
    plain = run_hook(tmp_path, make_hook(tmp_path)).head.fc.weight
    centred = run_hook(tmp_path, make_hook(tmp_path, center='global')).head.fc.weight
    torch.testing.assert_close(centred.norm(dim=1), torch.ones(4))
    cosines = [F.cosine_similarity(w[0], w[1], dim=0) for w in (plain, centred)]
    assert cosines[1] < cosines[0]


def test_an_embedding_needs_no_projection(tmp_path):
    changes = dict(out_type='embedding', head=dict(in_channels=16))
    model = run_hook(tmp_path, make_hook(tmp_path), **changes)
    start = expected_start(tmp_path)
    pulled = F.normalize(model.head.fc.weight @ model.backbone.visual.proj.T, dim=1)
    torch.testing.assert_close(pulled, start, atol=1e-6, rtol=1e-5)


def test_start_from_images(tmp_path):
    cosine_config(tmp_path)  # writes the data
    hook = TextClassifierInitHook(images=image_config(tmp_path, 'train'), num_workers=0)
    model = run_hook(tmp_path, hook)
    feats, labels = embed(model, DATASETS.build(image_config(tmp_path, 'train')))
    means = torch.stack([feats[labels == c].mean(dim=0) for c in range(4)])
    expected = F.normalize(means, dim=1)
    torch.testing.assert_close(model.head.fc.weight, expected, atol=1e-5, rtol=1e-4)


REFUSED = [
    (dict(head=dict(type='LinearClsHead', scale=None)), 'model.head is LinearClsHead; TextCl'),
    (dict(head=dict(prototypes='a.safetensors')), "prototypes is 'a.safetensors', a start of its"),
    (dict(pretrained=None), 'pretrained=None, which tells no text tower'),
    (dict(head=dict(in_channels=16)), 'in_channels=16 .* 16-d embeddings; .* must be 32 and 16'),
    (dict(out_type='embedding'), 'in_channels=32 .* must be 32 and 32'),
]


@pytest.mark.parametrize('changes, message', REFUSED, ids=[m[:24] for _, m in REFUSED])
def test_what_does_not_fit_is_refused(tmp_path, changes, message):
    cfg = cosine_config(tmp_path, **changes)
    if changes.get('head', {}).get('type'):
        del cfg.model.head['scale']
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    runner = SimpleNamespace(model=model, train_dataloader=SimpleNamespace(dataset=dataset))
    with pytest.raises(ValueError, match=message):
        make_hook(tmp_path).before_train(runner)


def test_a_neck_is_refused():
    model = SimpleNamespace(
        head=MODELS.build(dict(type='CosineLinearClsHead', num_classes=2, in_channels=2)),
        neck=torch.nn.Identity(),
    )
    with pytest.raises(ValueError, match='model.neck is Identity'):
        TextClassifierInitHook().before_train(SimpleNamespace(model=model))


def test_bad_arguments():
    for arguments, message in (
        (dict(center='mean'), "center is 'mean'; allowed are 'none', 'global'"),
        (dict(images='train_dataloader', center='global'), 'give TextClassifierInitHook one start'),
        (dict(text_backbone=dict(arch='RN50')), 'without `pretrained`'),
        (dict(max_images_per_class=0), 'max_images_per_class of TextClassifierInitHook is 0'),
    ):
        with pytest.raises(ValueError, match=message):
            TextClassifierInitHook(**arguments)
