# ResLT on ImageNet-LT: ResNeXt-101 32x4d, three branches for all, the 825
# rarest and the 220 rarest classes.
# Paper, top1 / many / medium / few: 55.1 / 63.3 / 53.3 / 40.3.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/reslt/reslt_x101_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/reslt.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/reslt.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_x101_imagenet_lt'
model = dict(
    head=dict(
        num_classes=1000,
        loss=dict(
            class_counts={{_base_.class_counts}},
            medium_below=825, few_below=220)))
optim_wrapper = dict(optimizer=dict(lr=0.05))
auto_scale_lr = dict(base_batch_size=128)
train_dataloader = dict(batch_size=16)  # of 8 GPUs
