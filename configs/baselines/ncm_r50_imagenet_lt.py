# NCM on ImageNet-LT: the nearest mean of the training images' embeddings,
# centred and of unit norm, in the baseline's tower. Nothing is trained.
# Paper, top1 / many / medium / few: 49.2 / 58.9 / 46.6 / 31.1.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/ncm_r50_imagenet_lt.py '' 8
_base_ = [
    '../_base_/models/linear_r50.py', '../_base_/datasets/imagenet_lt.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ncm_r50_imagenet_lt'
row_name = 'NCM'
pretrain_config = 'ce_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_imagenet_lt'
train_dataloader = None
model = dict(
    backbone=dict(
        pretrained='work_dirs/ce_r50_imagenet_lt/epoch_100.pth', frozen=False),
    head=dict(
        _delete_=True,
        type='PrototypeClsHead', num_classes=1000, embed_dims=1024,
        center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='ImageNetLT', data_root='data/imagenet', split='train',
            pipeline={{_base_.test_pipeline}}))
]
