# ce_vit-b32_pets24 with square-root sampling.
# Launch: python tools/train.py configs/features/sqrt_vit-b32_pets24.py
_base_ = 'ce_vit-b32_pets24.py'
work_dir = 'work_dirs/sqrt_vit-b32_pets24'
row_name = 'Linear, square-root sampling'
train_dataloader = dict(sampler=dict(power=0.5))
