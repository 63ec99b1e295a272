# RIDE's second stage: the router alone, a cosine to 0.
_base_ = 'sgd.py'
optim_wrapper = dict(optimizer=dict(lr=0.01, weight_decay=5e-4))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=5)
train_cfg = dict(max_epochs=5)
