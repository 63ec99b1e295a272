# cnn_90.py for iNaturalist 2018: 200 epochs, less weight decay.
_base_ = 'cnn_90.py'
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
param_scheduler = dict(T_max=200)
train_cfg = dict(max_epochs=200)
