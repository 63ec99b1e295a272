# Baseline on Places-LT: CLIP's RN50 image tower and a linear head, plain cross
# entropy, instance-balanced. The paper prints no schedule: this is that of
# stage 1, for as many epochs as both VL-LTR stages.
# Paper, top1 / many / medium / few: 39.7 / 50.8 / 38.6 / 22.7.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/ce/ce_r50_places_lt.py 8
_base_ = [
    '../../_base_/models/linear_r50.py',
    '../../_base_/datasets/places_lt.py',
    '../../_base_/schedules/linear.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_r50_places_lt'
row_name = 'Baseline'
model = dict(
    backbone=dict(pretrained='data/clip/RN50.pt', frozen=False),
    head=dict(num_classes=365))
train_dataloader = dict(
    batch_size=256,
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
