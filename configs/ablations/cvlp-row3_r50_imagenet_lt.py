# Stage 1 of ablation 3: towers from scratch, BatchNorm trained, no L_dis; the
# rest of the recipe unchanged, since the paper prints no other.
# Launch: tools/dist_train.sh configs/ablations/cvlp-row3_r50_imagenet_lt.py 8
_base_ = 'cvlp-row4_r50_imagenet_lt.py'
work_dir = 'work_dirs/cvlp-row3_r50_imagenet_lt'
model = dict(
    vision_backbone=dict(pretrained=None, norm_eval=False),
    text_backbone=dict(pretrained=None))
