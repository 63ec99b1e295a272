# Ablation 5 on ImageNet-LT, RN50: a linear head.
# Paper, top1: 62.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row5-fc-head_r50_imagenet_lt.py 8
_base_ = 'row1-full_r50_imagenet_lt.py'
work_dir = 'work_dirs/row5-fc-head_r50_imagenet_lt'
row_name = '5 FC head'
model = dict(
    head=dict(
        _delete_=True, type='LinearClsHead', num_classes=1000,
        in_channels=1024, loss={{_base_.model.head.loss}}))
