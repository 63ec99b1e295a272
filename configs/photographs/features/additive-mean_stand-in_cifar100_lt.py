# additive-la_stand-in_cifar100_lt on the mean of the 16 sentences of each class that AnSS
# chose, prompts left out.
# Launch: python tools/train.py \
#    configs/photographs/features/additive-mean_stand-in_cifar100_lt.py
_base_ = 'additive-la_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/additive-mean_stand-in_cifar100_lt'
row_name = 'Additive + LA, mean of AnSS'
model = dict(
    head=dict(
        num_anchors=1,
        anchors=f'{_base_.features}/anchors_mean.safetensors'))
