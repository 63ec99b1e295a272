# ResLT on ImageNet-LT: ResNeXt-50 32x4d, three branches for all, the 825
# rarest and the 220 rarest classes.
# Launch: tools/dist_train.sh \
#    configs/baselines/reslt/reslt_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/reslt.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/reslt.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_x50_imagenet_lt'
model = dict(
    backbone=dict(depth=50),
    head=dict(
        num_classes=1000,
        loss=dict(
            class_counts={{_base_.class_counts}},
            medium_below=825, few_below=220)))
train_dataloader = dict(batch_size=32)  # of 8 GPUs
