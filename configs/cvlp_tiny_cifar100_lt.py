# Stage 1 on CIFAR-100-LT with a tiny CLIP from scratch, in minutes on a CPU.
# Weights from scratch have no CLIP to stay near, so there is no teacher, and
# the contrastive loss has its full weight.
# Launch: python tools/train.py configs/cvlp_tiny_cifar100_lt.py
_base_ = [
    '_base_/models/cvlp_tiny.py', '_base_/datasets/cifar100_lt_text.py',
    '_base_/schedules/tiny.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny_cifar100_lt'
model = dict(
    vision_backbone=dict(img_size=64), teacher=False, ccl_weight=1.0)
train_cfg = dict(max_epochs=20, val_interval=5)
custom_hooks = [
    dict(type='SentenceBankHook', corpus={{_base_.corpus}}),
    dict(
        type='AnSSHook',
        corpus={{_base_.corpus}},
        images={{_base_.anchor_images}},
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
