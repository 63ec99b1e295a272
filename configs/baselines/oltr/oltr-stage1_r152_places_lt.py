# OLTR on Places-LT, first stage: cross entropy, ResNet-152 with the weights of
# ImageNet and a 512-d feature, all trained; the classifier at 100 times the
# rate of the rest.
# Launch: tools/dist_train.sh \
#    configs/baselines/oltr/oltr-stage1_r152_places_lt.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/places_lt_cnn.py',
    '../../_base_/schedules/oltr_stage1.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/oltr-stage1_r152_places_lt'
row_name = 'OLTR, stage 1'
start = dict(type='Pretrained', checkpoint='torchvision://resnet152')
model = dict(
    backbone=dict(depth=152, init_cfg=start),
    neck=dict(
        _delete_=True, type='OLTRNeck', in_channels=2048, out_channels=512,
        attention=False),
    head=dict(num_classes=365, in_channels=512))
train_dataloader = dict(batch_size=16)  # of 8 GPUs
slow = dict(lr_mult=0.01)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(backbone=slow, neck=slow)))
