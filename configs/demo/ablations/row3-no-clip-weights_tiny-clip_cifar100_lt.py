# Ablation 3 on CIFAR-100-LT from a tiny CLIP: no CLIP weights.
# Paper, row 3 (ImageNet-LT, RN50): 46.8. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row3-no-clip-weights_tiny-clip_cifar100_lt.py
_base_ = '../vlltr_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/row3-no-clip-weights_tiny-clip_cifar100_lt'
row_name = '3 no CLIP weights'
pretrain_config = 'cvlp-row3_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row3_tiny-clip_cifar100_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_6.pth'),
    head=dict(anchors=f'{pretrain_work_dir}/anchors.safetensors'))
