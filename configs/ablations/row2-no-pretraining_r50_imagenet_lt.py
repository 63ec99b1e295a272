# Ablation 2 on ImageNet-LT, RN50: CLIP weights, no pre-training.
# Paper, top1: 62.8.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row2-no-pretraining_r50_imagenet_lt.py 8
_base_ = '../vlltr_r50_imagenet_lt.py'
work_dir = 'work_dirs/row2-no-pretraining_r50_imagenet_lt'
row_name = '2 no pre-training'
pretrain_config = 'cvlp-row2_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row2_r50_imagenet_lt'
model = dict(
    backbone=dict(pretrained='data/clip/RN50.pt'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
