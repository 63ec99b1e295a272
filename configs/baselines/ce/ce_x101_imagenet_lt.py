# Cross entropy on ImageNet-LT: ResNeXt-101 32x4d from scratch and a linear
# head, every image alike. The schedule is that of Kang et al., ICLR 2020.
# Launch: tools/dist_train.sh configs/baselines/ce/ce_x101_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/cnn_90.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_x101_imagenet_lt'
row_name = 'CE'
model = dict(
    backbone=dict(
        type='ResNeXt', depth=101, groups=32, width_per_group=4),
    head=dict(num_classes=1000))
train_dataloader = dict(batch_size=64)  # of 8 GPUs
