# smDRAGON on the drawn shapes, first of three stages: cross entropy, ResNet-14, on
# the training images less a tenth of each class.
# Launch: python tools/train.py configs/cnn/smdragon-rest_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/smdragon-rest_r14_shapes_lt'
row_name = 'smDRAGON, stage 1'
images = dict(
    **_base_.images, split='train',
    pipeline={{_base_.train_pipeline}})
train_dataloader = dict(dataset=dict(
    _delete_=True, type='HoldOutDataset', part='rest', dataset=images))
