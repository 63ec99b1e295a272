# Zero-shot CLIP RN50 on iNaturalist 2018: the class whose 80 prompts are
# nearest. Nothing is trained.
# Paper, top1: 3.4.
# Ours: not yet run.
# Launch: tools/dist_test.sh \
#    configs/baselines/zeroshot/zeroshot_r50_inat18.py '' 8
_base_ = [
    '../../_base_/models/zeroshot_r50.py',
    '../../_base_/datasets/inat18.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/zeroshot_r50_inat18'
train_dataloader = None
model = dict(head=dict(num_classes=8142))
