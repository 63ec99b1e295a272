# PaCo on Places-LT: ResNet-152 with the weights of ImageNet, of whose
# convolutions only those of the last block are trained; the momentum encoder
# starts from chance. The authors' script tests 20 images a class of val, ours
# the 100 of test.
# Paper, top1 / many / medium / few: 41.2 / 36.1 / 47.9 / 35.3.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/paco/paco_r152_places_lt.py 8
_base_ = [
    '../../_base_/models/paco.py',
    '../../_base_/datasets/places_lt_cnn.py',
    '../../_base_/datasets/views_224.py',
    '../../_base_/schedules/paco_places.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/paco_r152_places_lt'
model = dict(
    backbone=dict(
        depth=152,
        init_cfg=dict(
            type='Pretrained', checkpoint='torchvision://resnet152')),
    key_start='random',
    queue=dict(num_classes=365),
    head=dict(
        num_classes=365, loss=dict(class_counts={{_base_.class_counts}})))
data_preprocessor = dict(type='MultiViewDataPreprocessor')
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiView', num_views=[2], transforms=[_base_.sim]),
    dict(type='PackInputs')]))
