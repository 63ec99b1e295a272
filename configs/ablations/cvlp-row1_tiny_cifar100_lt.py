# Stage 1 of the ablations 1, 5, 6 and 7 on CIFAR-100-LT from a tiny CLIP: the
# usual one with the first 64 sentences of each class besides those that AnSS
# selects.
# Launch: python tools/train.py configs/ablations/cvlp-row1_tiny_cifar100_lt.py
_base_ = '../cvlp_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/cvlp-row1_tiny_cifar100_lt'
pretrain_config = '../clip_tiny_shapes.py'
custom_hooks = [
    dict(type='SentenceBankHook', corpus={{_base_.corpus}}),
    dict(
        type='AnSSHook',
        corpus={{_base_.corpus}},
        out_file='cut-off.safetensors',
        selector=dict(type='CutOffSelector', num_anchors=64)),
    dict(
        type='AnSSHook',
        corpus={{_base_.corpus}},
        images={{_base_.anchor_images}},
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
