# smDRAGON on iNaturalist 2018: cross entropy, ResNet-50, on all training
# images; tested with the weights of classes of the stage before. A
# re-implementation, details are ours.
# Paper, top1: 69.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/smdragon/smdragon_r50_inat18.py 8
_base_ = '../ce/ce_resnet50_inat18.py'
work_dir = 'work_dirs/smdragon_r50_inat18'
row_name = 'smDRAGON'
pretrain_config = 'smdragon-fit_r50_inat18.py'
pretrain_work_dir = 'work_dirs/smdragon-fit_r50_inat18'
model = dict(
    head=dict(
        type='FamiliarityClsHead', trains='linear',
        weights=f'{pretrain_work_dir}/epoch_10.pth',
        class_counts={{_base_.class_counts}}))
