# VL-LTR on CIFAR-100-LT: the head on the tiny tower of stage 1.
# Launch: python tools/train.py configs/demo/vlltr_tiny_cifar100_lt.py
# (runs stage 1 where its outputs are missing)
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/cifar100_lt.py',
    '../_base_/schedules/tiny_lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_tiny_cifar100_lt'
pretrain_config = 'cvlp_tiny_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_tiny_cifar100_lt'
model = dict(
    backbone=dict(
        img_size=64, pretrained=f'{pretrain_work_dir}/epoch_20.pth'),
    head=dict(
        num_classes=100,
        anchors=f'{pretrain_work_dir}/anchors.safetensors'))
train_cfg = dict(max_epochs=5, val_interval=5)
