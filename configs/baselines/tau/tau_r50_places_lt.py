# τ-normalized on Places-LT: the baseline's classifier, its weights divided by
# |w|^τ; τ is chosen on val. Nothing is trained.
# Paper, top1 / many / medium / few: 31.0 / 34.5 / 31.4 / 23.6.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/tau/tau_r50_places_lt.py '' 8
_base_ = [
    '../../_base_/models/tau_r50.py',
    '../../_base_/datasets/places_lt.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/tau_r50_places_lt'
pretrain_config = '../ce/ce_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_places_lt'
baseline = f'{pretrain_work_dir}/epoch_100.pth'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=365, linear=baseline))
