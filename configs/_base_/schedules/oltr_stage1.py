# OLTR's first stage on ImageNet-LT: 30 epochs of batch 128, steps of 1/10.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=5e-4, nesterov=False))
param_scheduler = dict(type='MultiStepLR', milestones=[10, 20], gamma=0.1)
train_cfg = dict(max_epochs=30)
auto_scale_lr = dict(base_batch_size=128, enable=False)
