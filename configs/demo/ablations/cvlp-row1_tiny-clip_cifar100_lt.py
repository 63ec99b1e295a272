# Stage 1 of the ablations 1, 5, 6 and 7 on CIFAR-100-LT from a tiny CLIP: the
# usual one with the first 64 sentences of each class besides those that AnSS
# selects.
# Launch: python tools/train.py \
#    configs/demo/ablations/cvlp-row1_tiny-clip_cifar100_lt.py
_base_ = '../cvlp_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/cvlp-row1_tiny-clip_cifar100_lt'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='AnSSHook',
        out_file='cut-off.safetensors',
        selector=dict(type='CutOffSelector', num_anchors=64))
]
