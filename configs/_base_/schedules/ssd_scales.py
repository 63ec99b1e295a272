# SSD's short stages: 5 epochs of batch 512, every class alike, two images of a
# class in a row.
_base_ = 'ssd.py'
optim_wrapper = dict(optimizer=dict(lr=0.2))
param_scheduler = dict(T_max=5)
train_cfg = dict(max_epochs=5)
auto_scale_lr = dict(base_batch_size=512)
