# RIDE on the drawn shapes, stage 3 of 3: which of the four experts an image
# needs, learned with all else frozen.
# Launch: python tools/train.py configs/cnn/ride_r14_shapes_lt.py
_base_ = [
    '../_base_/models/experts_r32.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/ride_router.py',
    '../_base_/schedules/short_epochs.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ride_r14_shapes_lt'
row_name = 'RIDE'
pretrain_config = 'ride-distilled_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ride-distilled_r14_shapes_lt'
model = dict(
    type='RoutedClassifier',
    pretrained=f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth',
    backbone=dict(depth=14, num_experts=4, frozen=True),
    head=dict(
        _delete_=True, type='ExpertRouterHead', num_classes=60,
        in_channels=48, num_experts=4, num_logits=30))
train_dataloader = dict(
    batch_size=128,
    sampler=dict(_delete_=True, type='ClassBalancedSampler', power=0))
