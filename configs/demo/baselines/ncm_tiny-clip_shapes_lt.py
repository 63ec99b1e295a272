# NCM on shapes_lt from a tiny CLIP: the nearest mean of the training images'
# embeddings, centred and of unit norm, in the baseline's tower. Nothing is
# trained.
# Launch: python tools/test.py \
#    configs/demo/baselines/ncm_tiny-clip_shapes_lt.py
_base_ = [
    '../../_base_/models/ncm_tiny.py',
    '../../_base_/datasets/shapes_lt.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ncm_tiny-clip_shapes_lt'
pretrain_config = 'ce_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_tiny-clip_shapes_lt'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_22.pth'),
    head=dict(num_classes=60))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            **_base_.images, split='train',
            pipeline={{_base_.test_pipeline}}))
]
