# LGR by the paper's formula on 16 sentences of each class that AnSS chose,
# prompts left out: cross entropy of both branches, w = 0.5.
# Launch: python tools/train.py \
#    configs/photographs/features/lgr_stand-in_cifar100_lt.py
_base_ = [
    '../../_base_/models/features.py',
    '../../_base_/datasets/cifar100_lt_stand-in.py',
    '../../_base_/schedules/features_field.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lgr_stand-in_cifar100_lt'
row_name = 'LGR'
model = dict(
    head=dict(
        type='LGRHead', num_classes={{_base_.num_classes}},
        in_channels={{_base_.embed_dims}}, num_anchors=16,
        anchors=f'{_base_.features}/anchors_anss.safetensors',
        visual_weight=0.5,
        loss=dict(type='CrossEntropyLoss', use_soft=True)))
