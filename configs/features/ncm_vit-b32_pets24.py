# NCM: the nearest mean of the training images' embeddings, centred and of unit
# norm. Nothing is trained.
# Launch: python tools/test.py configs/features/ncm_vit-b32_pets24.py
_base_ = 'zeroshot_vit-b32_pets24.py'
work_dir = 'work_dirs/ncm_vit-b32_pets24'
row_name = 'NCM'
model = dict(head=dict(center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='FeatureDataset',
            file=f'{_base_.features}/train.safetensors'))
]
