# Zero-shot CLIP RN50 on Places-LT: the class whose 80 prompts are nearest.
# Nothing is trained.
# Paper, top1 / many / medium / few: 38.0 / 37.5 / 37.5 / 40.1.
# Ours: not yet run.
# Launch: tools/dist_test.sh \
#    configs/baselines/zeroshot/zeroshot_r50_places_lt.py '' 8
_base_ = [
    '../../_base_/models/zeroshot_r50.py',
    '../../_base_/datasets/places_lt.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/zeroshot_r50_places_lt'
train_dataloader = None
model = dict(head=dict(num_classes=365))
