# A linear head on CLIP's features, cross entropy, instance-balanced.
# Launch: python tools/train.py configs/features/ce_vit-b32_pets24.py
_base_ = [
    '../_base_/models/features_linear.py',
    '../_base_/datasets/pets24_vit-b32.py',
    '../_base_/schedules/features.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_vit-b32_pets24'
row_name = 'Linear, CE'
model = dict(
    head=dict(
        num_classes={{_base_.num_classes}},
        in_channels={{_base_.embed_dims}}))
optim_wrapper = dict(optimizer=dict(lr=1e-2))
