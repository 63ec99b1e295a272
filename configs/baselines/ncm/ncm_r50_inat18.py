# NCM on iNaturalist 2018: the nearest mean of the training images' embeddings,
# centred and of unit norm, in the baseline's tower. Nothing is trained.
# Paper, top1: 65.3.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/ncm/ncm_r50_inat18.py '' 8
_base_ = [
    '../../_base_/models/ncm_r50.py',
    '../../_base_/datasets/inat18.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ncm_r50_inat18'
pretrain_config = '../ce/ce_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_r50_inat18'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_460.pth'),
    head=dict(num_classes=8142))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            **_base_.images, split='train',
            pipeline={{_base_.test_pipeline}}))
]
