# Stage 1 from the tiny CLIP that demo/clip_tiny_shapes.py trains, which
# distillation keeps the towers near.
_base_ = 'cvlp_tiny.py'
pretrain_config = 'clip_tiny_shapes.py'
pretrain_work_dir = 'work_dirs/clip_tiny_shapes'
clip = f'{pretrain_work_dir}/epoch_12.pth'
model = dict(
    vision_backbone=dict(pretrained=clip),
    text_backbone=dict(pretrained=clip),
    teacher=True,
    ccl_weight=0.5)
