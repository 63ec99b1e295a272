# ce_vit-b32_pets24 with log(n / N) added to the logits in training, where n of
# N images are of the class.
# Launch: python tools/train.py configs/features/la_vit-b32_pets24.py
_base_ = 'ce_vit-b32_pets24.py'
work_dir = 'work_dirs/la_vit-b32_pets24'
row_name = 'Linear, LA'
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, type='LogitAdjustedLoss',
            class_counts={{_base_.class_counts}})))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
