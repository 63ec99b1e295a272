# Stage 1 of the ablations 1, 5, 6 and 7 on shapes_lt from a tiny CLIP: with
# L_dis and square-root sampling, as in the paper, and with the first 64 sentences
# of each class besides those that AnSS selects.
# Launch: python tools/train.py \
#    configs/demo/ablations/cvlp-row1_tiny-clip_shapes_lt.py
_base_ = '../cvlp_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/cvlp-row1_tiny-clip_shapes_lt'
model = dict(teacher=True, ccl_weight=0.5)
train_dataloader = dict(sampler=dict(power=0.5))
optim_wrapper = dict(optimizer=dict(lr=3e-4))
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='AnSSHook',
        out_file='cut-off.safetensors',
        selector=dict(type='CutOffSelector', num_anchors=64))
]
