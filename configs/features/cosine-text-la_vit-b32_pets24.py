# cosine-text_vit-b32_pets24 with logit adjustment.
# Launch: python tools/train.py configs/features/cosine-text-la_vit-b32_pets24.py
_base_ = 'cosine-text_vit-b32_pets24.py'
work_dir = 'work_dirs/cosine-text-la_vit-b32_pets24'
row_name = 'Cosine from text, LA'
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, type='LogitAdjustedLoss',
            class_counts={{_base_.class_counts}})))
