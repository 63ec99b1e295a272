# Ablation 7 on ImageNet-LT, RN50: the first sentences in place of AnSS.
# Paper, top1: 69.7.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/ablations/row7-cut-off_r50_imagenet_lt.py 8
_base_ = 'row1-full_r50_imagenet_lt.py'
work_dir = 'work_dirs/row7-cut-off_r50_imagenet_lt'
row_name = '7 Cut Off'
model = dict(
    head=dict(anchors=f'{_base_.pretrain_work_dir}/cut-off.safetensors'))
