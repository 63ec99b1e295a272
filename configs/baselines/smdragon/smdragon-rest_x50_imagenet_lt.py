# smDRAGON on ImageNet-LT, first of three stages: cross entropy, ResNeXt-50
# 32x4d, on the training images less a tenth of each class.
# Launch: tools/dist_train.sh \
#    configs/baselines/smdragon/smdragon-rest_x50_imagenet_lt.py 8
_base_ = '../ce/ce_x50_imagenet_lt.py'
work_dir = 'work_dirs/smdragon-rest_x50_imagenet_lt'
row_name = 'smDRAGON, stage 1'
images = dict(
    **_base_.images, split='train',
    pipeline={{_base_.train_pipeline}})
train_dataloader = dict(dataset=dict(
    _delete_=True, type='HoldOutDataset', part='rest', dataset=images))
