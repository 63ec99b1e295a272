# NCM on the drawn shapes: the nearest mean of the training images' features,
# centred and of unit norm, in the ResNet-14 of cross entropy. Nothing is
# trained.
# Launch: python tools/test.py configs/cnn/ncm_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/ncm_r14_shapes_lt'
row_name = 'NCM'
pretrain_config = 'ce_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_r14_shapes_lt'
baseline = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(
        _delete_=True, type='PrototypeClsHead', num_classes=60,
        embed_dims=64, center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            **_base_.images, split='train',
            pipeline={{_base_.test_pipeline}}))
]
