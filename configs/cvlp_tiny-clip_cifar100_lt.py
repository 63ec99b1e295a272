# Stage 1 on CIFAR-100-LT from the tiny CLIP, which has seen drawn shapes only.
# Launch: python tools/train.py configs/cvlp_tiny-clip_cifar100_lt.py
_base_ = [
    '_base_/models/cvlp_tiny.py', '_base_/datasets/cifar100_lt_48_text.py',
    '_base_/schedules/tiny.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny-clip_cifar100_lt'
pretrain_config = 'clip_tiny_shapes.py'
pretrain_work_dir = 'work_dirs/clip_tiny_shapes'
clip = 'work_dirs/clip_tiny_shapes/epoch_12.pth'
model = dict(
    vision_backbone=dict(pretrained=clip), text_backbone=dict(pretrained=clip))
train_cfg = dict(max_epochs=6, val_interval=6)
custom_hooks = [
    dict(type='SentenceBankHook', corpus={{_base_.corpus}}),
    dict(
        type='AnSSHook',
        corpus={{_base_.corpus}},
        images={{_base_.anchor_images}},
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
