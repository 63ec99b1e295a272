# NCM on CIFAR-100-LT from a tiny CLIP: the nearest mean of the training
# images' embeddings, centred and of unit norm, in the baseline's tower.
# Nothing is trained.
# Launch: python tools/test.py configs/baselines/ncm_tiny-clip_cifar100_lt.py
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/cifar100_lt_48.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ncm_tiny-clip_cifar100_lt'
row_name = 'NCM'
pretrain_config = 'ce_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/ce_tiny-clip_cifar100_lt'
train_dataloader = None
model = dict(
    backbone=dict(
        pretrained='work_dirs/ce_tiny-clip_cifar100_lt/epoch_9.pth',
        frozen=False),
    head=dict(
        _delete_=True, type='PrototypeClsHead', num_classes=100,
        embed_dims=128, center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='ImageNetLT', data_root='data/cifar100_lt',
            ann_file='CIFAR100_LT_train.txt',
            train_ann_file='CIFAR100_LT_train.txt',
            pipeline={{_base_.test_pipeline}}))
]
