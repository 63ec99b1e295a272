# τ-normalized on iNaturalist 2018: the baseline's classifier, its weights
# divided by |w|^τ; τ as the head has it, since the only labelled images
# besides the training ones are the test set. Nothing is trained.
# Paper, top1: 71.2.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/tau/tau_r50_inat18.py '' 8
_base_ = [
    '../../_base_/models/tau_r50.py',
    '../../_base_/datasets/inat18.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/tau_r50_inat18'
pretrain_config = '../ce/ce_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_r50_inat18'
baseline = f'{pretrain_work_dir}/epoch_460.pth'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=8142, tau=1.0, linear=baseline))
custom_hooks = []  # no images to choose on
