# Logit adjustment on CIFAR-100-LT from a tiny CLIP: the baseline with log(n / N)
# added to the logits in training, where n of N images are of the class.
# Launch: python tools/train.py \
#    configs/demo/baselines/la_tiny-clip_cifar100_lt.py
_base_ = 'ce_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/la_tiny-clip_cifar100_lt'
row_name = 'Logit adjustment'
model = dict(head=dict(loss=dict(
    type='LogitAdjustedLoss', class_counts={{_base_.class_counts}}, tau=1.0)))
