# The small sets: 40 iterations of warm-up, a cosine over all, minutes on CPUs.
_base_ = 'adamw.py'
optim_wrapper = dict(
    optimizer=dict(lr=1e-3, fused=True))  # a step of the text tower in a tenth
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=False, end=40),
    dict(type='CosineAnnealingLR', eta_min=0, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=12, val_interval=4)
