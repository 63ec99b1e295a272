# Stage 2 with one score: what the image adds to the language logits, one
# logit-adjusted loss on the sum. Ours, not the paper's; tower, anchors, Mixup
# and CutMix are those of vlltr.py. The loss needs the data's class_counts.
_base_ = 'vlltr.py'
model = dict(
    head=dict(
        _delete_=True,
        type='AdditiveLGRHead',
        num_anchors=64,
        detach_norm=False,
        loss=dict(type='LogitAdjustedLoss')))
