# τ-normalized on shapes_lt from a tiny CLIP: the baseline's classifier, its
# weights divided by |w|^τ; τ is chosen on val. Nothing is trained.
# Launch: python tools/test.py configs/baselines/tau_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/tau_tiny-clip_shapes_lt'
row_name = 'τ-normalized'
pretrain_config = 'ce_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_tiny-clip_shapes_lt'
train_dataloader = None
model = dict(
    backbone=dict(pretrained='work_dirs/ce_tiny-clip_shapes_lt/epoch_22.pth'),
    head=dict(
        _delete_=True,
        type='TauNormClsHead',
        num_classes=60,
        in_channels=128,
        linear='work_dirs/ce_tiny-clip_shapes_lt/epoch_22.pth'))
custom_hooks = [
    dict(
        type='TauSweepHook',
        images={{_base_.val_dataloader.dataset}},
        taus=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2,
              1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0))
]
