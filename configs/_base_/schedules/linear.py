# The baseline: the paper prints no schedule, so this is that of stage 1, for
# as many epochs as both VL-LTR stages on ImageNet-LT and Places-LT.
_base_ = 'adamw_amp.py'
optim_wrapper = dict(optimizer=dict(lr=5e-5))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=95, begin=5, end=100)
]
train_cfg = dict(max_epochs=100)
auto_scale_lr = dict(base_batch_size=2048, enable=False)
