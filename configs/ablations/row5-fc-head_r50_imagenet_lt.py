# Ablation 5 on ImageNet-LT, RN50: a linear head.
# Paper, top1: 62.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row5-fc-head_r50_imagenet_lt.py 8
_base_ = '../vlltr_r50_imagenet_lt.py'
work_dir = 'work_dirs/row5-fc-head_r50_imagenet_lt'
row_name = '5 FC head'
pretrain_config = 'cvlp-row1_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_r50_imagenet_lt'
model = dict(
    backbone=dict(
        pretrained='work_dirs/cvlp-row1_r50_imagenet_lt/epoch_50.pth'),
    head=dict(
        _delete_=True,
        type='LinearClsHead',
        num_classes=1000,
        in_channels=1024,
        loss=dict(
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
            num_classes=1000)))
