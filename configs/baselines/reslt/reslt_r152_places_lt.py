# ResLT on Places-LT: ResNet-152 with the weights of ImageNet. The authors give
# neither code nor values for it: schedule, β and γ are ours, groups those of
# fewer than 101 and 20 images.
# Paper, top1 / many / medium / few: 39.8 / 39.8 / 43.6 / 31.4.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/reslt/reslt_r152_places_lt.py 8
_base_ = [
    '../../_base_/models/reslt.py',
    '../../_base_/datasets/places_lt_cnn.py',
    '../../_base_/schedules/cnn_places.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_r152_places_lt'
model = dict(
    backbone=dict(
        _delete_=True, type='ResNet', depth=152,
        init_cfg=dict(
            type='Pretrained', checkpoint='torchvision://resnet152')),
    head=dict(
        num_classes=365,
        loss=dict(
            class_counts={{_base_.class_counts}},
            unit='images', medium_below=101, few_below=20)))
train_dataloader = dict(batch_size=32)  # of 8 GPUs
