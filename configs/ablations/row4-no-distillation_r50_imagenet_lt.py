# Ablation 4 on ImageNet-LT, RN50: pre-training without L_dis.
# Paper, top1: 66.2.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row4-no-distillation_r50_imagenet_lt.py 8
_base_ = '../vlltr_r50_imagenet_lt.py'
work_dir = 'work_dirs/row4-no-distillation_r50_imagenet_lt'
row_name = '4 no L_dis'
pretrain_config = 'cvlp-row4_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row4_r50_imagenet_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
