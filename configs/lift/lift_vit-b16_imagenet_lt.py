# LIFT with CLIP ViT-B/16 on ImageNet-LT: 10 epochs on one GPU.
# Trained: the branches beside the MLPs, and the classifier.
# Literature, top1: 77.0 (a re-run, LT-Soups).
# Literature, top1: 78.3, five crops (the paper's).
# Ours: not yet run.
# Launch: python tools/train.py configs/lift/lift_vit-b16_imagenet_lt.py
_base_ = [
    '../_base_/models/lift_vit-b16.py', '../_base_/datasets/imagenet_lt.py',
    '../_base_/datasets/lift_224.py', '../_base_/schedules/lift.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lift_vit-b16_imagenet_lt'
row_name = 'LIFT'
model = dict(
    backbone=dict(tuner=dict(num_classes=1000)),
    head=dict(
        num_classes=1000, loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    drop_last=False, sampler=dict(
        _delete_=True, type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline={{_base_.lift_train}}))
val_dataloader = dict(dataset=dict(pipeline={{_base_.lift_test}}))
test_dataloader = dict(dataset=dict(pipeline={{_base_.lift_test}}))
custom_hooks = [  # with CLIP's own names of the classes
    dict(type='TextClassifierInitHook', center='none', validate=True,
         corpus=dict(classes='imagenet', sources=[_base_.prompt]))
]
