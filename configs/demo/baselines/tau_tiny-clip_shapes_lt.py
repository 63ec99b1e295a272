# τ-normalized on shapes_lt from a tiny CLIP: the baseline's classifier, its
# weights divided by |w|^τ; τ is chosen on val. Nothing is trained.
# Launch: python tools/test.py \
#    configs/demo/baselines/tau_tiny-clip_shapes_lt.py
_base_ = [
    '../../_base_/models/tau_tiny.py',
    '../../_base_/datasets/shapes_lt.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/tau_tiny-clip_shapes_lt'
pretrain_config = 'ce_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_tiny-clip_shapes_lt'
baseline = f'{pretrain_work_dir}/epoch_22.pth'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=60, linear=baseline))
