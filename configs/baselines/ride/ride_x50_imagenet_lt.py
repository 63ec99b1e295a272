# RIDE on ImageNet-LT, stage 3 of 3: which of the four experts an image
# needs, learned with all else frozen.
# Paper, top1 / many / medium / few: 56.8 / 68.0 / 53.8 / 36.0.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/ride/ride_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/experts_x50.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/ride_router.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ride_x50_imagenet_lt'
row_name = 'RIDE'
pretrain_config = 'ride-distilled_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ride-distilled_x50_imagenet_lt'
model = dict(
    type='RoutedClassifier',
    pretrained=f'{pretrain_work_dir}/epoch_100.pth',
    backbone=dict(num_experts=4, frozen=True),
    head=dict(
        _delete_=True, type='ExpertRouterHead', num_classes=1000,
        in_channels=1536, num_experts=4, num_logits=50))
train_dataloader = dict(
    batch_size=64,
    sampler=dict(_delete_=True, type='ClassBalancedSampler', power=0))
