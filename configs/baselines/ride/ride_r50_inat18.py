# RIDE on iNaturalist 2018, stage 3 of 3: which of the four experts an image
# needs, learned with all else frozen.
# Paper, top1: 72.6.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/ride/ride_r50_inat18.py 8
_base_ = [
    '../../_base_/models/experts_r50.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/schedules/ride_router.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ride_r50_inat18'
row_name = 'RIDE'
pretrain_config = 'ride-distilled_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ride-distilled_r50_inat18'
model = dict(
    type='RoutedClassifier',
    pretrained=f'{pretrain_work_dir}/epoch_100.pth',
    backbone=dict(num_experts=4, frozen=True),
    head=dict(
        _delete_=True, type='ExpertRouterHead', num_classes=8142,
        in_channels=1536, num_experts=4, num_logits=50))
train_dataloader = dict(
    batch_size=64,
    sampler=dict(_delete_=True, type='ClassBalancedSampler', power=0))
