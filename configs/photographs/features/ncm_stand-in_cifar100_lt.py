# NCM: the nearest mean of the training images' embeddings, centred and of unit
# norm. Nothing is trained.
# Launch: python tools/test.py \
#    configs/photographs/features/ncm_stand-in_cifar100_lt.py
_base_ = 'zeroshot_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/ncm_stand-in_cifar100_lt'
row_name = 'NCM'
model = dict(head=dict(center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='FeatureDataset',
            file=f'{_base_.features}/train.safetensors'))
]
