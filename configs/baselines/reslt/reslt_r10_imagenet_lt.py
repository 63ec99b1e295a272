# ResLT on ImageNet-LT: ResNet-10, which pools before the block in training
# too.
# Launch: tools/dist_train.sh \
#    configs/baselines/reslt/reslt_r10_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/reslt.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/reslt.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_r10_imagenet_lt'
model = dict(
    backbone=dict(_delete_=True, type='ResNet10'),
    neck=dict(in_channels=512, pool='first'),
    head=dict(
        num_classes=1000, in_channels=3 * 512, gamma=0.3,
        loss=dict(
            class_counts={{_base_.class_counts}},
            medium_below=825, few_below=220)))
train_dataloader = dict(batch_size=32)  # of 8 GPUs
