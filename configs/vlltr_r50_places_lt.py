# VL-LTR with CLIP RN50 on Places-LT, stage 2.
# Trained: the head.
# Paper, top1 / many / medium / few: 48.0 / 51.9 / 47.2 / 38.4.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/vlltr_r50_places_lt.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '_base_/models/vlltr_r50.py', '_base_/datasets/places_lt.py',
    '_base_/schedules/lgr.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_r50_places_lt'
pretrain_config = 'cvlp_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_r50_places_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(
        num_classes=365,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(num_classes=365)))
# The MLP: lr. The attention's projections and norms: 1e-6.
optim_wrapper = dict(
    optimizer=dict(lr=1e-4),
    paramwise_cfg=dict(custom_keys={
        'head.norm_': dict(lr_mult=1e-2), 'head.proj_': dict(lr_mult=1e-2)
    }))
