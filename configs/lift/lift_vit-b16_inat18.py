# LIFT with CLIP ViT-B/16 on iNaturalist 2018: 20 epochs on one GPU.
# Trained: the branches beside the MLPs, and the classifier.
# Literature, top1: 79.4 (a third party's log).
# Literature, top1: 80.4, five crops (the paper's).
# Ours: not yet run.
# Launch: python tools/train.py configs/lift/lift_vit-b16_inat18.py
_base_ = [
    '../_base_/models/lift_vit-b16.py', '../_base_/datasets/inat18.py',
    '../_base_/datasets/lift_224.py', '../_base_/schedules/lift.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lift_vit-b16_inat18'
row_name = 'LIFT'
model = dict(
    backbone=dict(tuner=dict(num_classes=8142)),
    head=dict(
        num_classes=8142, loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    drop_last=False, sampler=dict(
        _delete_=True, type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline={{_base_.lift_train}}))
val_dataloader = dict(dataset=dict(pipeline={{_base_.lift_test}}))
test_dataloader = dict(dataset=dict(pipeline={{_base_.lift_test}}))
param_scheduler = dict(T_max=20)
train_cfg = dict(max_epochs=20)
