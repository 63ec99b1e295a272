# The baseline on CIFAR-100-LT: ResNet-32 from scratch, plain cross entropy.
# Launch: python tools/train.py configs/cnn/ce_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/linear_r32.py',
    '../_base_/datasets/cifar100_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_r32_cifar100_lt'
row_name = 'CE'
model = dict(head=dict(num_classes=100))
