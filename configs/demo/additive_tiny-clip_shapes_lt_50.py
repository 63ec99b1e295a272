# Text and image in one logit-adjusted score, on 50 classes of shapes_lt; the
# other 10 come in by text (docs/new_classes.md). The tower stays as stage 1
# left it, beside its text.
# Launch: python tools/train.py configs/demo/additive_tiny-clip_shapes_lt_50.py
# (runs stage 1, and before it the tiny CLIP, where their outputs are missing)
_base_ = [
    '../_base_/models/additive_tiny.py', '../_base_/datasets/shapes_lt_50.py',
    '../_base_/schedules/tiny_lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/additive_tiny-clip_shapes_lt_50'
pretrain_config = 'cvlp_tiny-clip_shapes_lt_50.py'
pretrain_work_dir = 'work_dirs/cvlp_tiny-clip_shapes_lt_50'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_12.pth'),
    head=dict(
        num_classes=50,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=10, val_interval=10)
