# A cosine classifier that starts as the zero-shot one, with CLIP's scale.
# Launch: python tools/train.py configs/features/cosine-text_vit-b32_pets24.py
_base_ = 'ce_vit-b32_pets24.py'
work_dir = 'work_dirs/cosine-text_vit-b32_pets24'
row_name = 'Cosine from text, CE'
model = dict(
    head=dict(
        type='CosineLinearClsHead', scale=100.0,
        prototypes=f'{_base_.features}/text.safetensors'))
optim_wrapper = dict(optimizer=dict(lr=1e-4))
