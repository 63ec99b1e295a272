# PaCo and SSD for ResNet-32 on CIFAR-100-LT in minutes: a rate of 0.05, a
# cosine by epoch, and a tenth of PaCo's 400 epochs.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.05, weight_decay=5e-4, nesterov=False))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=36, begin=4, end=40)
]
train_cfg = dict(max_epochs=40, val_interval=10)
