# PaCo on iNaturalist 2018: ResNet-152. There is no script of the authors; it
# differs from that of ResNet-50 by the network alone.
# Paper, top1: 75.2.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/paco/paco_r152_inat18.py 8
_base_ = 'paco_r50_inat18.py'
work_dir = 'work_dirs/paco_r152_inat18'
model = dict(backbone=dict(depth=152))
