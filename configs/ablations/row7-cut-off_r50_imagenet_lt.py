# Ablation 7 on ImageNet-LT, RN50: the first sentences in place of AnSS.
# Paper, top1: 69.7.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row7-cut-off_r50_imagenet_lt.py 8
_base_ = '../vlltr_r50_imagenet_lt.py'
work_dir = 'work_dirs/row7-cut-off_r50_imagenet_lt'
row_name = '7 Cut Off'
pretrain_config = 'cvlp-row1_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_r50_imagenet_lt'
model = dict(
    backbone=dict(
        pretrained='work_dirs/cvlp-row1_r50_imagenet_lt/epoch_50.pth'),
    head=dict(
        anchors='work_dirs/cvlp-row1_r50_imagenet_lt/cut-off.safetensors'))
