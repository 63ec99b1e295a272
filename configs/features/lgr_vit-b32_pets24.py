# LGR as in the paper's formula: cross entropy of both branches, w = 0.5.
# Launch: python tools/train.py configs/features/lgr_vit-b32_pets24.py
_base_ = [
    '../_base_/models/features.py', '../_base_/datasets/pets24_vit-b32.py',
    '../_base_/schedules/features.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lgr_vit-b32_pets24'
row_name = 'LGR'
model = dict(
    head=dict(
        type='LGRHead',
        num_classes={{_base_.num_classes}},
        in_channels={{_base_.embed_dims}},
        num_anchors={{_base_.num_anchors}},
        anchors=f'{_base_.features}/anchors.safetensors',
        visual_weight=0.5,
        loss=dict(type='CrossEntropyLoss', use_soft=True)))
