# PaCo on Places-LT: 30 epochs, half precision, 5 epochs of warm-up. Of the
# network the convolutions of the last block are trained, and every BatchNorm;
# the rate of the other convolutions is 0.
_base_ = 'paco.py'
frozen = dict(lr_mult=0)
optim_wrapper = dict(
    type='AmpOptimWrapper', dtype='float16', loss_scale='dynamic',
    paramwise_cfg=dict(custom_keys={
        'backbone.layer4.2.': dict(lr_mult=1),
        'backbone.conv1': frozen, '.conv1.': frozen, '.conv2.': frozen,
        '.conv3.': frozen, '.downsample.0.': frozen}))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=26, begin=4, end=30)
]
train_cfg = dict(max_epochs=30)
