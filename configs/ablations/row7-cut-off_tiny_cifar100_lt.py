# Ablation 7 on CIFAR-100-LT from a tiny CLIP: the first sentences in place of
# AnSS.
# Paper, row 7 (ImageNet-LT, RN50): 69.7. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/ablations/row7-cut-off_tiny_cifar100_lt.py
_base_ = '../vlltr_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/row7-cut-off_tiny_cifar100_lt'
row_name = '7 Cut Off'
pretrain_config = 'cvlp-row1_tiny_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_tiny_cifar100_lt'
model = dict(
    backbone=dict(
        pretrained='work_dirs/cvlp-row1_tiny_cifar100_lt/epoch_6.pth'),
    head=dict(
        anchors='work_dirs/cvlp-row1_tiny_cifar100_lt/cut-off.safetensors'))
