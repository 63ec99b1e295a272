# smDRAGON on the drawn shapes: cross entropy, ResNet-14, on all training images;
# tested with the weights of classes of the stage before. A re-implementation,
# details are ours.
# Launch: python tools/train.py configs/cnn/smdragon_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/smdragon_r14_shapes_lt'
row_name = 'smDRAGON'
pretrain_config = 'smdragon-fit_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/smdragon-fit_r14_shapes_lt'
model = dict(
    head=dict(
        type='FamiliarityClsHead', trains='linear',
        weights=f'{pretrain_work_dir}/epoch_10.pth',
        class_counts={{_base_.class_counts}}))
