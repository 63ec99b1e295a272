# GPaCo on iNaturalist 2018: ResNet-50, RandAugment of two steps for the first
# view. A rate of 0.04 for 128 images.
# Launch: tools/dist_train.sh configs/baselines/paco/gpaco_r50_inat18.py 8
_base_ = 'paco_r50_inat18.py'
work_dir = 'work_dirs/gpaco_r50_inat18'
row_name = 'GPaCo'
model = dict(
    momentum_encoder=None, projector=dict(num_layers=3, norm=False))
optim_wrapper = dict(optimizer=dict(lr=0.08))
