# NCM on iNaturalist 2018: the nearest mean of the training images' features,
# centred and of unit norm, in the ResNet-50 of cross entropy. Nothing is
# trained.
# Paper, top1: 63.1.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/ncm/ncm_resnet50_inat18.py '' 8
_base_ = '../ce/ce_resnet50_inat18.py'
work_dir = 'work_dirs/ncm_resnet50_inat18'
row_name = 'NCM'
pretrain_config = '../ce/ce_resnet50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_resnet50_inat18'
baseline = f'{pretrain_work_dir}/epoch_200.pth'
train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(
        _delete_=True, type='PrototypeClsHead', num_classes=8142,
        embed_dims=2048, center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            **_base_.images, split='train',
            pipeline={{_base_.test_pipeline}}))
]
