# Zero-shot with all text: the class the mean of whose prompts and other
# sentences is nearest. Nothing is trained.
# Launch: python tools/test.py \
#    configs/photographs/features/zeroshot-text_stand-in_cifar100_lt.py
_base_ = 'zeroshot_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/zeroshot-text_stand-in_cifar100_lt'
row_name = 'Zero-shot, all text'
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='FeatureDataset',
            file=f'{_base_.features}/text.safetensors'))
]
