# PaCo for small ResNets: a rate of 0.05 and a cosine, after a warm-up in the
# first 40th of the epochs.
_base_ = ['sgd.py', 'short_epochs.py']
optim_wrapper = dict(
    optimizer=dict(lr=0.05, weight_decay=5e-4, nesterov=False))
warm_up = max(_base_.max_epochs // 40, 1)
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.2, begin=0, end=warm_up,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR', eta_min=0, begin=warm_up,
        end=_base_.max_epochs, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=_base_.max_epochs, val_interval=10)
