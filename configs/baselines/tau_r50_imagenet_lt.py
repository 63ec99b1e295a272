# τ-normalized on ImageNet-LT: the baseline's classifier, its weights divided
# by |w|^τ; τ is chosen on val. Nothing is trained.
# Paper, top1 / many / medium / few: 51.2 / 60.9 / 48.4 / 33.8.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/tau_r50_imagenet_lt.py '' 8
_base_ = [
    '../_base_/models/linear_r50.py', '../_base_/datasets/imagenet_lt.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/tau_r50_imagenet_lt'
row_name = 'τ-normalized'
pretrain_config = 'ce_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_imagenet_lt'
train_dataloader = None
model = dict(
    backbone=dict(pretrained='work_dirs/ce_r50_imagenet_lt/epoch_100.pth'),
    head=dict(
        _delete_=True,
        type='TauNormClsHead',
        num_classes=1000,
        in_channels=1024,
        linear='work_dirs/ce_r50_imagenet_lt/epoch_100.pth'))
custom_hooks = [
    dict(
        type='TauSweepHook',
        images={{_base_.val_dataloader.dataset}},
        taus=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2,
              1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0))
]
