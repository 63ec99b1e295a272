# SSD's long stages: 135 epochs of batch 256, a cosine by epoch, no warm-up.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=5e-4, nesterov=False))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=135)
train_cfg = dict(max_epochs=135)
auto_scale_lr = dict(base_batch_size=256, enable=False)
