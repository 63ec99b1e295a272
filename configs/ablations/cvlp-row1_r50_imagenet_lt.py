# Stage 1 of the ablations 1, 5, 6 and 7: the usual one with the first 64
# sentences of each class besides those that AnSS selects.
# Launch: tools/dist_train.sh configs/ablations/cvlp-row1_r50_imagenet_lt.py 8
_base_ = '../cvlp_r50_imagenet_lt.py'
work_dir = 'work_dirs/cvlp-row1_r50_imagenet_lt'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='AnSSHook',
        out_file='cut-off.safetensors',
        selector=dict(type='CutOffSelector', num_anchors=64))
]
