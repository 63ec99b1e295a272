# lgr_stand-in_cifar100_lt on the first prompt of each class.
# Launch: python tools/train.py \
#    configs/photographs/features/lgr-prompt_stand-in_cifar100_lt.py
_base_ = 'lgr_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/lgr-prompt_stand-in_cifar100_lt'
row_name = 'LGR, one prompt'
model = dict(
    head=dict(
        num_anchors=1,
        anchors=f'{_base_.features}/anchors_prompt.safetensors'))
