# additive-la_stand-in_cifar100_lt on 16 sentences of each class drawn at random, prompts
# left out.
# Launch: python tools/train.py \
#    configs/photographs/features/additive-random_stand-in_cifar100_lt.py
_base_ = 'additive-la_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/additive-random_stand-in_cifar100_lt'
row_name = 'Additive + LA, random'
model = dict(
    head=dict(anchors=f'{_base_.features}/anchors_random.safetensors'))
