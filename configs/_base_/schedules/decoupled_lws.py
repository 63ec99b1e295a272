# decoupled.py for LWS, which has one number per class to learn.
_base_ = 'decoupled.py'
param_scheduler = dict(T_max=5)
train_cfg = dict(max_epochs=5)
