# Stage 1 from a CLIP: the tiny CLIP tuned on the long-tailed pictures, with
# distillation from itself, then anchor sentence selection.
# Launch: python tools/train.py configs/cvlp_tiny-clip_shapes_lt.py
_base_ = [
    '_base_/models/cvlp_tiny.py', '_base_/datasets/shapes_lt_text.py',
    '_base_/schedules/tiny.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny-clip_shapes_lt'
pretrain_config = 'clip_tiny_shapes.py'
pretrain_work_dir = 'work_dirs/clip_tiny_shapes'
clip = 'work_dirs/clip_tiny_shapes/epoch_12.pth'
model = dict(
    vision_backbone=dict(pretrained=clip), text_backbone=dict(pretrained=clip))
optim_wrapper = dict(optimizer=dict(lr=3e-4))
custom_hooks = [
    dict(type='SentenceBankHook', corpus={{_base_.corpus}}),
    dict(
        type='AnSSHook',
        corpus={{_base_.corpus}},
        images={{_base_.anchor_images}},
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
