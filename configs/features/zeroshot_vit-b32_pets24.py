# Zero-shot: the class whose prompts are nearest to an image. Nothing is
# trained.
# Launch: python tools/test.py configs/features/zeroshot_vit-b32_pets24.py
_base_ = [
    '../_base_/models/features.py', '../_base_/datasets/pets24_vit-b32.py',
    '../_base_/schedules/features_training_free.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/zeroshot_vit-b32_pets24'
row_name = 'Zero-shot CLIP'
train_dataloader = None
model = dict(
    head=dict(
        type='PrototypeClsHead',
        num_classes={{_base_.num_classes}},
        embed_dims={{_base_.embed_dims}}))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='FeatureDataset',
            file=f'{_base_.features}/text.safetensors'))
]
