# Logit adjustment on shapes_lt from a tiny CLIP: the baseline with log(n / N)
# added to the logits in training, where n of N images are of the class.
# Launch: python tools/train.py \
#    configs/demo/baselines/la_tiny-clip_shapes_lt.py
_base_ = 'ce_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/la_tiny-clip_shapes_lt'
row_name = 'Logit adjustment'
model = dict(head=dict(loss=dict(
    type='LogitAdjustedLoss', class_counts={{_base_.class_counts}}, tau=1.0)))
