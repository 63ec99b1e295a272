# DeiT goes on at a larger resolution: 30 epochs of AdamW, 5e-6 at a batch of
# 512, a cosine.
_base_ = 'adamw_amp.py'
optim_wrapper = dict(optimizer=dict(lr=5e-6, weight_decay=1e-8))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=30)
train_cfg = dict(max_epochs=30, val_interval=5)
auto_scale_lr = dict(base_batch_size=512, enable=False)
