# VL-LTR with CLIP ViT-B/16 on Places-LT, stage 2.
# Trained: the head.
# Paper, top1 / many / medium / few: 50.1 / 54.2 / 48.5 / 42.0.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/vlltr_vit-b16_places_lt.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '_base_/models/vlltr_vit-b16.py', '_base_/datasets/places_lt.py',
    '_base_/schedules/lgr.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_vit-b16_places_lt'
pretrain_config = 'cvlp_vit-b16_places_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_vit-b16_places_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(
        num_classes=365,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(num_classes=365)))
# The MLP: lr. The attention's projections and norms: 1e-6.
optim_wrapper = dict(
    optimizer=dict(lr=5e-5),
    paramwise_cfg=dict(custom_keys={
        'head.norm_': dict(lr_mult=0.02), 'head.proj_': dict(lr_mult=0.02)
    }))
