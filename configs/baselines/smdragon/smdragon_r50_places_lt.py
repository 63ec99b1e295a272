# smDRAGON on Places-LT: cross entropy, ResNet-50, on all training images;
# tested with the weights of classes of the stage before. A re-implementation,
# details are ours.
# Paper, top1: 38.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/smdragon/smdragon_r50_places_lt.py 8
_base_ = '../ce/ce_r152_places_lt.py'
work_dir = 'work_dirs/smdragon_r50_places_lt'
row_name = 'smDRAGON'
pretrain_config = 'smdragon-fit_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/smdragon-fit_r50_places_lt'
model = dict(
    backbone=dict(
        depth=50, init_cfg=dict(checkpoint='torchvision://resnet50')),
    head=dict(
        type='FamiliarityClsHead', trains='linear',
        weights=f'{pretrain_work_dir}/epoch_10.pth',
        class_counts={{_base_.class_counts}}))
