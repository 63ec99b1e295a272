# Additive language guidance with CLIP RN50 on ImageNet-LT, stage 2:
# one score and logit adjustment, images drawn as they fall. Not in the paper;
# stage 1, schedule and learning rates are those of vlltr_r50_imagenet_lt.
# Trained: the head.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/additive/additive_r50_imagenet_lt.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '../_base_/models/additive_r50.py', '../_base_/datasets/imagenet_lt.py',
    '../_base_/schedules/lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/additive_r50_imagenet_lt'
row_name = 'Additive + LA'
pretrain_config = '../cvlp_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_r50_imagenet_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(
        num_classes=1000,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
