# Logit adjustment on the drawn shapes: the baseline with another loss.
# Launch: python tools/train.py configs/cnn/la_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/la_r14_shapes_lt'
row_name = 'Logit adjustment'
model = dict(head=dict(loss=dict(
    _delete_=True,
    type='LogitAdjustedLoss', class_counts={{_base_.class_counts}})))
