# smDRAGON on ImageNet-LT: cross entropy, ResNeXt-50 32x4d, on all training
# images; tested with the weights of classes of the stage before. A
# re-implementation, details are ours.
# Paper, top1: 50.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/smdragon/smdragon_x50_imagenet_lt.py 8
_base_ = '../ce/ce_x50_imagenet_lt.py'
work_dir = 'work_dirs/smdragon_x50_imagenet_lt'
row_name = 'smDRAGON'
pretrain_config = 'smdragon-fit_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/smdragon-fit_x50_imagenet_lt'
model = dict(
    head=dict(
        type='FamiliarityClsHead', trains='linear',
        weights=f'{pretrain_work_dir}/epoch_10.pth',
        class_counts={{_base_.class_counts}}))
