# Stage 1 with CLIP's ViT-B/16 and its text tower as they are: branches beside
# the MLPs of both are trained. Nothing has to hold them near CLIP, so there is
# no teacher. The width of the branches follows from the number of classes.
_base_ = 'cvlp_vit-b16.py'
model = dict(
    vision_backbone=dict(tuner=dict(type='AdaptFormer')),
    text_backbone=dict(tuner=dict(type='AdaptFormer')),
    teacher=False,
    ccl_weight=1.0)
