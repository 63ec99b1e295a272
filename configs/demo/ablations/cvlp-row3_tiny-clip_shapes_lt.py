# Stage 1 of ablation 3 on shapes_lt from a tiny CLIP: towers from scratch, so
# no L_dis either; square-root sampling.
# Launch: python tools/train.py \
#    configs/demo/ablations/cvlp-row3_tiny-clip_shapes_lt.py
_base_ = '../cvlp_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/cvlp-row3_tiny-clip_shapes_lt'
pretrain_config = None
train_dataloader = dict(sampler=dict(power=0.5))
model = dict(
    vision_backbone=dict(pretrained=None),
    text_backbone=dict(pretrained=None))
