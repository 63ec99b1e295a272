# RIDE's 100 epochs: 5 of warm-up, from (epoch + 1) / 5, then steps; class
# weights and temperatures come on in the 81st.
_base_ = 'sgd.py'
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=2e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='MultiStepLR', milestones=[60, 80], gamma=0.1)
]
train_cfg = dict(max_epochs=100)
custom_hooks = [dict(type='DeferredReweightingHook', begin=80)]
