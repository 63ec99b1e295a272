# OLTR's second stage on ImageNet-LT: 60 epochs of batch 128, steps of 1/10;
# network, neck and centroids at a tenth of the classifier's rate.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=5e-4, nesterov=False),
    paramwise_cfg=dict(custom_keys={
        'backbone': dict(lr_mult=0.1),
        'neck': dict(lr_mult=0.1),
        'head.centroids': dict(lr_mult=0.1),
    }))
param_scheduler = dict(type='MultiStepLR', milestones=[20, 40], gamma=0.1)
train_cfg = dict(max_epochs=60)
auto_scale_lr = dict(base_batch_size=128, enable=False)
