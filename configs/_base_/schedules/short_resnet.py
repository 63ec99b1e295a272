# Small ResNets on small images: the field's warm-up in the first 40th of the
# epochs and steps after 4/5 and 9/10, of however many epochs.
_base_ = ['sgd.py', 'short_epochs.py']
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=5e-4))
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.2, begin=0,
        end=max(_base_.max_epochs // 40, 1), convert_to_iter_based=True),
    dict(
        type='MultiStepLR', gamma=0.01,
        milestones=[_base_.max_epochs * 4 // 5, _base_.max_epochs * 9 // 10])
]
train_cfg = dict(max_epochs=_base_.max_epochs, val_interval=10)
