# ResNet-32 on CIFAR-100-LT in minutes: the field's 200 epochs, with steps at
# 160 and 180, made a fifth of that. 5 epochs of warm-up, from (epoch + 1) / 5.
_base_ = 'sgd.py'
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='MultiStepLR', milestones=[32, 36], gamma=0.01)
]
train_cfg = dict(max_epochs=40, val_interval=10)
