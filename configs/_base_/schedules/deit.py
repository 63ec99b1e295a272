# DeiT on another data set: SGD, 0.01 at a batch of 512, so 0.015 at 768, a
# cosine after 5 epochs of warm-up. Its appendix differs between versions; which
# values hold for iNaturalist 2018 is our reading.
_base_ = 'sgd.py'
optim_wrapper = dict(
    type='AmpOptimWrapper',
    dtype='float16',
    loss_scale='dynamic',
    optimizer=dict(lr=0.015, weight_decay=1e-4, nesterov=False))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=355, begin=5, end=360)
]
train_cfg = dict(max_epochs=360, val_interval=10)
auto_scale_lr = dict(base_batch_size=768, enable=False)
