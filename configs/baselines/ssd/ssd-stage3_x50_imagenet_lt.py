# SSD, stage 3, on ImageNet-LT: ResNeXt-50 32x4d from scratch, which learns the
# labels and the logits of stage 2.
# Launch: tools/dist_train.sh \
#    configs/baselines/ssd/ssd-stage3_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/ssd3.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/ssd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage3_x50_imagenet_lt'
pretrain_config = 'ssd-stage2_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ssd-stage2_x50_imagenet_lt'
model = dict(
    head=dict(num_classes=1000),
    teacher=dict(head=dict(num_classes=1000)),
    teacher_checkpoint=f'{pretrain_work_dir}/epoch_5.pth')
