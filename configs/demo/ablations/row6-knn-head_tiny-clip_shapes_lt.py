# Ablation 6 on shapes_lt from a tiny CLIP: the vote of the 5 nearest
# sentences, in the towers of stage 1. Nothing more is trained.
# Paper, row 6 (ImageNet-LT, RN50): 63.9. Ours: docs/results.md.
# Launch: python tools/test.py \
#    configs/demo/ablations/row6-knn-head_tiny-clip_shapes_lt.py
_base_ = [
    '../../_base_/models/linear_tiny.py',
    '../../_base_/datasets/shapes_lt.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/row6-knn-head_tiny-clip_shapes_lt'
row_name = '6 KNN head'
pretrain_config = 'cvlp-row1_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_tiny-clip_shapes_lt'
clip = dict(
    arch={{_base_.arch}}, pretrained=f'{pretrain_work_dir}/epoch_12.pth')
train_dataloader = None
model = dict(
    backbone=dict(**clip, frozen=False),
    head=dict(_delete_=True, type='KNNClsHead', num_classes=60, k=5))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        corpus={{_base_.corpus}},
        text_backbone=dict(type='OpenCLIPTextBackbone', **clip))
]
