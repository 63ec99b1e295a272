# VL-LTR with CLIP RN50 on ImageNet-LT, stage 2.
# Trained: the head.
# Paper, top1 / many / medium / few: 70.1 / 77.8 / 67.0 / 50.8.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/vlltr_r50_imagenet_lt.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '_base_/models/vlltr_r50.py', '_base_/datasets/imagenet_lt.py',
    '_base_/schedules/lgr.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_r50_imagenet_lt'
pretrain_config = 'cvlp_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_r50_imagenet_lt'
model = dict(
    backbone=dict(
        pretrained='work_dirs/cvlp_r50_imagenet_lt/epoch_50.pth'),
    head=dict(
        num_classes=1000,
        anchors='work_dirs/cvlp_r50_imagenet_lt/anchors.safetensors',
        visual_weight=0.2,  # of the published top1; the formula has 0.5
        loss=dict(num_classes=1000)))
# The MLP: lr. The attention's projections and norms: 1e-6.
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(
        custom_keys={
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3)
        }))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=50)
train_cfg = dict(max_epochs=50)
