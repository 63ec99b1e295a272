# Cross entropy on Places-LT: ResNet-152 with the weights of ImageNet and a
# linear head, every image alike. The schedule is ours, see its base.
# Launch: tools/dist_train.sh configs/baselines/ce/ce_r152_places_lt.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/places_lt_cnn.py',
    '../../_base_/schedules/cnn_places.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_r152_places_lt'
row_name = 'CE'
model = dict(
    backbone=dict(
        depth=152,
        init_cfg=dict(
            type='Pretrained', checkpoint='torchvision://resnet152')),
    head=dict(num_classes=365))
train_dataloader = dict(batch_size=32)  # of 8 GPUs
