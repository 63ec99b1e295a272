# Ablation 3 on ImageNet-LT, RN50: no CLIP weights.
# Paper, top1: 46.8.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row3-no-clip-weights_r50_imagenet_lt.py 8
_base_ = '../vlltr_r50_imagenet_lt.py'
work_dir = 'work_dirs/row3-no-clip-weights_r50_imagenet_lt'
row_name = '3 no CLIP weights'
pretrain_config = 'cvlp-row3_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row3_r50_imagenet_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
