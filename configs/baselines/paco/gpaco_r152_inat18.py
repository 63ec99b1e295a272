# GPaCo on iNaturalist 2018: ResNet-152 on 8 GPUs with 32 images, as the
# authors have it.
# Launch: tools/dist_train.sh configs/baselines/paco/gpaco_r152_inat18.py 8
_base_ = 'gpaco_r50_inat18.py'
work_dir = 'work_dirs/gpaco_r152_inat18'
model = dict(backbone=dict(depth=152))
