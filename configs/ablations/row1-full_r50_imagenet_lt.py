# Ablation 1 on ImageNet-LT, RN50: the full method.
# Paper, top1: 70.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/ablations/row1-full_r50_imagenet_lt.py 8
_base_ = '../vlltr_r50_imagenet_lt.py'
work_dir = 'work_dirs/row1-full_r50_imagenet_lt'
row_name = '1 VL-LTR'
pretrain_config = 'cvlp-row1_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_r50_imagenet_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
