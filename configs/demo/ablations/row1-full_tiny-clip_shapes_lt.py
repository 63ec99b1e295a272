# Ablation 1 on shapes_lt from a tiny CLIP: the full method.
# Paper, row 1 (ImageNet-LT, RN50): 70.1. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row1-full_tiny-clip_shapes_lt.py
_base_ = '../vlltr_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/row1-full_tiny-clip_shapes_lt'
row_name = '1 VL-LTR'
pretrain_config = 'cvlp-row1_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_tiny-clip_shapes_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_12.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
