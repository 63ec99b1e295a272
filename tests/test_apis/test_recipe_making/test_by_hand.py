"""A recipe that is made trains to the same numbers as one that is written by hand."""

from pathlib import Path

from mmengine.config import Config
from own_images import options
from repo import REPO

from vlltr_mm.apis import RunOptions, train
from vlltr_mm.apis import test as run_test
from vlltr_mm.apis.recipe_making import make_recipe


def test_it_is_what_one_writes_by_hand(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = make_recipe(
        options(home, 'generated', training='tuned', epochs=(1, 2), batch_size=4, num_anchors=3)
    )
    lists = home / 'generated'
    (tmp_path / 'stage1.py').write_text(
        _BY_HAND_DATA.format(configs=REPO / 'configs', home=home, lists=lists, row='cvlp')
        + _BY_HAND_STAGE1
    )
    (tmp_path / 'stage2.py').write_text(
        _BY_HAND_DATA.format(configs=REPO / 'configs', home=home, lists=lists, row='additive')
        + _BY_HAND_STAGE2.format(lists=lists)
    )
    scores = []
    for config in (recipe.places.config('additive'), str(tmp_path / 'stage2.py')):
        train(config, RunOptions())
        checkpoint = Path(Config.fromfile(config).work_dir) / 'epoch_2.pth'
        scores.append(run_test(config, str(checkpoint)))
    assert repr(scores[0]) == repr(scores[1])  # of nan too


_BY_HAND_DATA = """
_base_ = [
    '{configs}/_base_/models/{row}.py', '{configs}/_base_/datasets/clip.py',
    '{configs}/_base_/schedules/' + ('own_cvlp.py' if '{row}' == 'cvlp' else 'own.py'),
    '{configs}/_base_/default_runtime.py']
arch = dict(
    embed_dim=16,
    vision_cfg=dict(image_size=32, layers=(1, 1, 1, 1), width=8, head_width=32),
    text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1))
tower = dict(type='OpenCLIPVisionBackbone', arch=arch, pretrained='{home}/clip.pth',
             tuner=dict(type='BiasTuner', norm_weights=True))
data_preprocessor = dict(num_classes=4)
resized = dict(backend='pillow', interpolation='bicubic')
train = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.4, 1.0), **resized),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs')]
test = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=32, edge='short', **resized),
    dict(type='CenterCrop', crop_size=32),
    dict(type='PackInputs')]
images = dict(type='ImageNetLT', data_prefix='{home}/images',
              train_ann_file='{lists}/train.txt', labels_file='{lists}/labels.txt')
train_dataloader = dict(
    batch_size=4, num_workers=0,
    dataset=dict(**images, ann_file='{lists}/train.txt', pipeline=train))
val_dataloader = dict(
    batch_size=8, num_workers=0,
    dataset=dict(**images, ann_file='{lists}/val.txt', pipeline=test))
test_dataloader = dict(
    batch_size=8, num_workers=0,
    dataset=dict(**images, ann_file='{lists}/test.txt', pipeline=test))
words = [dict(type='PromptTemplates', templates=['a photo of a {{}}.']),
         dict(type='JsonDescriptions', path='{home}/text.json')]
"""
_BY_HAND_STAGE1 = """
work_dir = 'hand/stage1'
model = dict(
    vision_backbone=tower,
    text_backbone=dict(type='OpenCLIPTextBackbone', arch=arch, pretrained=tower['pretrained'],
                       tuner=dict(type='AdaptFormer', num_classes=4)),
    teacher=False, ccl_weight=1.0)
images = dict(train_dataloader['dataset'])
train_dataloader = dict(batch_size=4, num_workers=0, dataset=dict(
    type='TextCorpusDataset', dataset=images, corpus=dict(sources=words)))
train_cfg = dict(max_epochs=1, val_interval=1)
custom_hooks = [dict(type='SentenceBankHook'), dict(
    type='AnSSHook', images='train_dataloader', max_images_per_class=50,
    selector=dict(type='AnSS', num_anchors=3))]
"""
_BY_HAND_STAGE2 = """
work_dir = 'hand/stage2'
pretrain_config = 'stage1.py'
pretrain_work_dir = 'hand/stage1'
model = dict(
    train_cfg=None,
    backbone=dict(tower, frozen=False, pretrained=f'{{pretrain_work_dir}}/epoch_1.pth'),
    head=dict(num_classes=4, in_channels=16, num_anchors=3,
              anchors=f'{{pretrain_work_dir}}/anchors.safetensors',
              loss=dict(class_counts='{lists}/train.txt')))
train_dataloader['sampler'] = dict(_delete_=True, type='DefaultSampler', shuffle=True)
train_cfg = dict(max_epochs=2, val_interval=1)
"""
