# The three benchmarks: 16-bit mixed precision, schedules stepped per epoch.
_base_ = 'adamw.py'
optim_wrapper = dict(
    type='AmpOptimWrapper', dtype='float16', loss_scale='dynamic')
train_cfg = dict(val_interval=5)
