# NCM on Places-LT: the nearest mean of the training images' embeddings,
# centred and of unit norm, in the baseline's tower. Nothing is trained.
# Paper, top1 / many / medium / few: 30.8 / 37.1 / 30.6 / 19.9.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/ncm/ncm_r50_places_lt.py '' 8
_base_ = [
    '../../_base_/models/ncm_r50.py',
    '../../_base_/datasets/places_lt.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ncm_r50_places_lt'
pretrain_config = '../ce/ce_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_places_lt'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_100.pth'),
    head=dict(num_classes=365))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            **_base_.images, split='train',
            pipeline={{_base_.test_pipeline}}))
]
