# VL-LTR on tuned towers from the tiny CLIP: the additive head, logit-adjusted;
# the offsets go on being trained.
# Launch: python tools/train.py configs/tuned/vlltr-tuned_tiny-clip_shapes_lt.py
# (runs stage 1, and before it the tiny CLIP, where their outputs are missing)
_base_ = [
    '../_base_/models/additive_tiny.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr-tuned_tiny-clip_shapes_lt'
row_name = 'Tuned VL-LTR'
pretrain_config = 'cvlp-tuned_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-tuned_tiny-clip_shapes_lt'
model = dict(
    backbone=dict(
        frozen=False, pretrained=f'{pretrain_work_dir}/epoch_12.pth',
        tuner=dict(type='BiasTuner', norm_weights=True)),
    head=dict(
        num_classes=60,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=10, val_interval=10)
optim_wrapper = dict(optimizer=dict(lr=4e-3))  # on val, of 1e-3 to 1.6e-2
