# NCM on Places-LT: the nearest mean of the training images' embeddings,
# centred and of unit norm, in the baseline's tower. Nothing is trained.
# Paper, top1 / many / medium / few: 30.8 / 37.1 / 30.6 / 19.9.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/ncm_r50_places_lt.py '' 8
_base_ = [
    '../_base_/models/linear_r50.py', '../_base_/datasets/places_lt.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ncm_r50_places_lt'
row_name = 'NCM'
pretrain_config = 'ce_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_places_lt'
train_dataloader = None
model = dict(
    backbone=dict(
        pretrained='work_dirs/ce_r50_places_lt/epoch_100.pth', frozen=False),
    head=dict(
        _delete_=True,
        type='PrototypeClsHead', num_classes=365, embed_dims=1024,
        center=True, metric='euclidean'))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        images=dict(
            type='PlacesLT', data_root='data/places', split='train',
            pipeline={{_base_.test_pipeline}}))
]
