# smDRAGON on Places-LT, first of three stages: cross entropy, ResNet-50, on
# the training images less a tenth of each class.
# Launch: tools/dist_train.sh \
#    configs/baselines/smdragon/smdragon-rest_r50_places_lt.py 8
_base_ = '../ce/ce_r152_places_lt.py'
work_dir = 'work_dirs/smdragon-rest_r50_places_lt'
row_name = 'smDRAGON, stage 1'
model = dict(backbone=dict(
    depth=50, init_cfg=dict(checkpoint='torchvision://resnet50')))
images = dict(
    **_base_.images, split='train',
    pipeline={{_base_.train_pipeline}})
train_dataloader = dict(dataset=dict(
    _delete_=True, type='HoldOutDataset', part='rest', dataset=images))
