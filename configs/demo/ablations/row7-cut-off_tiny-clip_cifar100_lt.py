# Ablation 7 on CIFAR-100-LT from a tiny CLIP: the first sentences in place of
# AnSS.
# Paper, row 7 (ImageNet-LT, RN50): 69.7. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row7-cut-off_tiny-clip_cifar100_lt.py
_base_ = 'row1-full_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/row7-cut-off_tiny-clip_cifar100_lt'
row_name = '7 Cut Off'
model = dict(
    head=dict(anchors=f'{_base_.pretrain_work_dir}/cut-off.safetensors'))
