# lgr_vit-b32_pets24 with logit adjustment of both branches.
# Launch: python tools/train.py configs/features/lgr-la_vit-b32_pets24.py
_base_ = 'lgr_vit-b32_pets24.py'
work_dir = 'work_dirs/lgr-la_vit-b32_pets24'
row_name = 'LGR, LA'
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, type='LogitAdjustedLoss',
            class_counts={{_base_.class_counts}})))
