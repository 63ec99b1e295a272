# BBN on iNaturalist 2018: 180 epochs of 128 pairs.
_base_ = 'sgd.py'
optim_wrapper = dict(optimizer=dict(lr=0.05, weight_decay=1e-4))
param_scheduler = dict(type='MultiStepLR', milestones=[120, 160], gamma=0.1)
train_cfg = dict(max_epochs=180)
auto_scale_lr = dict(base_batch_size=128, enable=False)
