# ResNets from scratch as Kang et al. train them: 90 epochs of batch 512, a
# cosine by epoch, no warm-up.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.2, weight_decay=5e-4, nesterov=False))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=90)
train_cfg = dict(max_epochs=90)
auto_scale_lr = dict(base_batch_size=512, enable=False)
