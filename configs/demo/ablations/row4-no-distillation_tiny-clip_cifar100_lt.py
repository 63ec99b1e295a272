# Ablation 4 on CIFAR-100-LT from a tiny CLIP: pre-training without L_dis.
# Paper, row 4 (ImageNet-LT, RN50): 66.2. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row4-no-distillation_tiny-clip_cifar100_lt.py
_base_ = '../vlltr_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/row4-no-distillation_tiny-clip_cifar100_lt'
row_name = '4 no L_dis'
pretrain_config = 'cvlp-row4_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row4_tiny-clip_cifar100_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_6.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
