# Additive stage 2 on the tower of cvlp_tiny.py, or of cvlp_tiny-clip.py: what
# the image adds to the text's logits, one logit-adjusted loss on the sum. The
# loss needs the data's class_counts; images are drawn as they fall.
_base_ = 'linear_tiny.py'
model = dict(
    head=dict(
        _delete_=True,
        type='AdditiveLGRHead',
        in_channels=128,
        num_anchors=64,
        loss=dict(type='LogitAdjustedLoss')))
