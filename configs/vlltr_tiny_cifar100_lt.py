# VL-LTR on CIFAR-100-LT: the head on the tiny tower of stage 1.
# Launch: python tools/train.py configs/vlltr_tiny_cifar100_lt.py
_base_ = [
    '_base_/models/vlltr_tiny.py', '_base_/datasets/cifar100_lt.py',
    '_base_/schedules/tiny_head.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_tiny_cifar100_lt'
pretrain_config = 'cvlp_tiny_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_tiny_cifar100_lt'
model = dict(
    backbone=dict(
        img_size=64,
        pretrained='work_dirs/cvlp_tiny_cifar100_lt/epoch_20.pth'),
    head=dict(
        num_classes=100,
        anchors='work_dirs/cvlp_tiny_cifar100_lt/anchors.safetensors'))
train_cfg = dict(max_epochs=5, val_interval=5)
