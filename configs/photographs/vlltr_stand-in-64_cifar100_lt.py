# VL-LTR on CIFAR-100-LT from the stand-in for CLIP, at 64 pixels: both towers
# trained in stage 1, head and image tower in stage 2.
# Launch: python tools/train.py \
#    configs/photographs/vlltr_stand-in-64_cifar100_lt.py
# (runs stage 1 where its outputs are missing)
_base_ = [
    '../_base_/models/linear_stand-in.py',
    '../_base_/datasets/cifar100_lt_lite0-64.py',
    '../_base_/schedules/photographs.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_stand-in-64_cifar100_lt'
row_name = 'VL-LTR'
pretrain_config = 'cvlp_stand-in-64_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_stand-in-64_cifar100_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_1.pth', frozen=False),
    head=dict(
        _delete_=True, type='LGRHead', num_classes=100, in_channels=512,
        num_anchors=64, visual_weight=0.5,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(type='CrossEntropyLoss', use_soft=True)))
train_cfg = dict(max_epochs=1, val_interval=1)
