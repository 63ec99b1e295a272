# ResNets on iNaturalist 2018 with re-weighted losses: 90 epochs, steps of 1/10,
# a warm-up. Ours, by the rule of batch 256 to 0.1.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=1e-4, nesterov=False))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='MultiStepLR', milestones=[30, 60, 80], gamma=0.1)
]
train_cfg = dict(max_epochs=90)
auto_scale_lr = dict(base_batch_size=256, enable=False)
