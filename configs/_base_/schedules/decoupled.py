# cRT and LWS: the head on a frozen tower, a cosine to 0. The learning rate is
# ours.
_base_ = 'adamw_amp.py'
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=10)
train_cfg = dict(max_epochs=10)
auto_scale_lr = dict(base_batch_size=1024, enable=False)
