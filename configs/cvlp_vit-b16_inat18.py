# VL-LTR with CLIP ViT-B/16 on iNaturalist 2018, stage 1.
# An image is to match every sentence of its class; then anchors are selected.
# All is trained.
# Paper: no number for stage 1 alone. Ours: not yet run.
# Launch: tools/dist_train.sh configs/cvlp_vit-b16_inat18.py 8
_base_ = [
    '_base_/models/cvlp_vit-b16.py', '_base_/datasets/inat18.py',
    '_base_/schedules/cvlp_inat18.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_vit-b16_inat18'
train_dataloader = dict(batch_size=128, dataset=dict(
    type='TextCorpusDataset', dataset='INaturalist2018',
    corpus={{_base_.corpus}}))
optim_wrapper = dict(optimizer=dict(lr=3.5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6 / 3.5e-4, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=1e-5, T_max=95, begin=5, end=100)
]
auto_scale_lr = dict(base_batch_size=1024, enable=False)
