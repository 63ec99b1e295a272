# NCM on ImageNet-LT: the nearest mean of the training images' features,
# centred and of unit norm, in the ResNeXt-50 32x4d of cross entropy. Nothing
# is trained.
# Launch: tools/dist_test.sh configs/baselines/ncm/ncm_x50_imagenet_lt.py '' 8
_base_ = '../ce/ce_x50_imagenet_lt.py'
work_dir = 'work_dirs/ncm_x50_imagenet_lt'
row_name = 'NCM'
pretrain_config = '../ce/ce_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_x50_imagenet_lt'
baseline = f'{pretrain_work_dir}/epoch_90.pth'
train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(
        _delete_=True, type='PrototypeClsHead', num_classes=1000,
        embed_dims=2048, center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            **_base_.images, split='train',
            pipeline={{_base_.test_pipeline}}))
]
