# Logit adjustment on ImageNet-LT: the baseline with log(n / N) added
# to the logits in training, where n of N images are of the class.
# Paper: not in its table; schedule and learning rate are the baseline's.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/la/la_r50_imagenet_lt.py 8
_base_ = '../ce/ce_r50_imagenet_lt.py'
work_dir = 'work_dirs/la_r50_imagenet_lt'
row_name = 'Logit adjustment'
model = dict(head=dict(loss=dict(
    type='LogitAdjustedLoss', class_counts={{_base_.class_counts}}, tau=1.0)))
