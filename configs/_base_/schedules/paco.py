# PaCo: 400 epochs; rates lr·(e + 1)/10 for 10 epochs, then
# lr/2·(1 + cos(π·(e − 9)/391)). The authors have 4 GPUs with 32 images and a
# rate of 0.02, and scale it linearly: 8 GPUs with 32 images here.
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.04, weight_decay=5e-4, nesterov=False))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=10),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=391, begin=9, end=400)
]
train_cfg = dict(max_epochs=400)
auto_scale_lr = dict(base_batch_size=256, enable=False)
