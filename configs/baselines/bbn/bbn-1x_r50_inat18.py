# BBN on iNaturalist 2018 in 90 epochs; the authors report 66.3 (not in the
# table of the paper that this project is about).
# Launch: tools/dist_train.sh configs/baselines/bbn/bbn-1x_r50_inat18.py 8
_base_ = 'bbn_r50_inat18.py'
work_dir = 'work_dirs/bbn-1x_r50_inat18'
row_name = 'BBN, 1x'
param_scheduler = dict(milestones=[60, 80])
train_cfg = dict(max_epochs=90)
