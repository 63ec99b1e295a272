# Stage 2 on the tower of cvlp-tuned_vit-b16.py: the head's score is that of the
# anchors and what the image adds, logit-adjusted; the branches go on being
# trained (backbone.frozen=True keeps them). The loss needs class_counts.
_base_ = 'additive_vit-b16.py'
model = dict(
    train_cfg=None,  # no Mixup: few epochs, few numbers
    backbone=dict(frozen=False, tuner=dict(type='AdaptFormer')),
    head=dict(loss=dict(tau=1.0)))
