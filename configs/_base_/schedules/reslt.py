# ResLT: 180 epochs of batch 256; rates lr·(e + 1)/5 for 5 epochs, then
# lr/2·(1 + cos(π·(e − 4)/176)).
_base_ = 'sgd.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=5e-4, nesterov=False))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=176, begin=4, end=180)
]
train_cfg = dict(max_epochs=180)
auto_scale_lr = dict(base_batch_size=256, enable=False)
