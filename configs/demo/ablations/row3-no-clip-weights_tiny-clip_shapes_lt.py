# Ablation 3 on shapes_lt from a tiny CLIP: no CLIP weights.
# Paper, row 3 (ImageNet-LT, RN50): 46.8. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row3-no-clip-weights_tiny-clip_shapes_lt.py
_base_ = '../vlltr_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/row3-no-clip-weights_tiny-clip_shapes_lt'
row_name = '3 no CLIP weights'
pretrain_config = 'cvlp-row3_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row3_tiny-clip_shapes_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_12.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
