# BBN on the drawn shapes: ResNet-14, as many epochs as the other rows.
# Launch: python tools/train.py configs/cnn/bbn_r14_shapes_lt.py
_base_ = [
    '../_base_/models/bbn.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/bbn_r14_shapes_lt'
data_preprocessor = dict(type='DualSampleDataPreprocessor')
model = dict(
    backbone=dict(_delete_=True, type='BBNCIFARResNet', depth=14),
    head=dict(num_classes=60, in_channels=128))
train_dataloader = dict(
    dataset=dict(
        _delete_=True, type='DualSampleDataset', power=-1,
        dataset=dict(
            **_base_.images, split='train',
            pipeline={{_base_.train_pipeline}})))
