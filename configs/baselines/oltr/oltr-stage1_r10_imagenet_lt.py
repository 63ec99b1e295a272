# OLTR on ImageNet-LT, first stage: cross entropy, ResNet-10 from scratch,
# every image alike.
# Launch: tools/dist_train.sh \
#    configs/baselines/oltr/oltr-stage1_r10_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/oltr_stage1.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/oltr-stage1_r10_imagenet_lt'
row_name = 'OLTR, stage 1'
model = dict(
    backbone=dict(_delete_=True, type='ResNet10'),
    head=dict(num_classes=1000, in_channels=512))
train_dataloader = dict(batch_size=16)  # of 8 GPUs
