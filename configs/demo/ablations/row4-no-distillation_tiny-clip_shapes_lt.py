# Ablation 4 on shapes_lt from a tiny CLIP: pre-training without L_dis.
# Paper, row 4 (ImageNet-LT, RN50): 66.2. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row4-no-distillation_tiny-clip_shapes_lt.py
_base_ = '../vlltr_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/row4-no-distillation_tiny-clip_shapes_lt'
row_name = '4 no L_dis'
pretrain_config = 'cvlp-row4_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row4_tiny-clip_shapes_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_12.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
