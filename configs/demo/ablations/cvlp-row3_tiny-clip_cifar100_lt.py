# Stage 1 of ablation 3 on CIFAR-100-LT from a tiny CLIP: towers from scratch,
# so no L_dis either, at the learning rate that fresh towers are trained with
# here.
# Launch: python tools/train.py \
#    configs/demo/ablations/cvlp-row3_tiny-clip_cifar100_lt.py
_base_ = '../cvlp_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/cvlp-row3_tiny-clip_cifar100_lt'
pretrain_config = None
model = dict(
    vision_backbone=dict(pretrained=None),
    text_backbone=dict(pretrained=None),
    teacher=False,
    ccl_weight=1.0)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
