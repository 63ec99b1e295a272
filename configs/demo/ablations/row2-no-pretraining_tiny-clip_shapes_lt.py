# Ablation 2 on shapes_lt from a tiny CLIP: CLIP weights, no pre-training.
# Paper, row 2 (ImageNet-LT, RN50): 62.8. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row2-no-pretraining_tiny-clip_shapes_lt.py
_base_ = '../vlltr_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/row2-no-pretraining_tiny-clip_shapes_lt'
row_name = '2 no pre-training'
pretrain_config = 'cvlp-row2_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row2_tiny-clip_shapes_lt'
model = dict(
    backbone=dict(pretrained='work_dirs/clip_tiny_shapes/epoch_12.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
