# Text and image in one logit-adjusted score, on CIFAR-100-LT from the tiny CLIP.
# Launch: python tools/train.py configs/demo/additive_tiny-clip_cifar100_lt.py
# (runs stage 1, and before it the tiny CLIP, where their outputs are missing)
_base_ = [
    '../_base_/models/additive_tiny.py', '../_base_/datasets/cifar100_lt_48.py',
    '../_base_/schedules/tiny_lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/additive_tiny-clip_cifar100_lt'
row_name = 'Additive + LA'
pretrain_config = 'cvlp_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_tiny-clip_cifar100_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_6.pth'),
    head=dict(
        num_classes=100,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=3, val_interval=3)
