# lgr_stand-in_cifar100_lt on the first 16 sentences of each class, prompts left
# out.
# Launch: python tools/train.py \
#    configs/photographs/features/lgr-cut-off_stand-in_cifar100_lt.py
_base_ = 'lgr_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/lgr-cut-off_stand-in_cifar100_lt'
row_name = 'LGR, Cut Off'
model = dict(
    head=dict(anchors=f'{_base_.features}/anchors_cut-off.safetensors'))
