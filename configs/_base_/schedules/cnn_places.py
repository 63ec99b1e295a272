# A ResNet that knows ImageNet, on Places-LT: 30 epochs of batch 256, a tenth of
# the rate for the network. Rates and decay are those of the second stages of
# Kang et al.; the number of epochs is ours.
_base_ = 'cnn_90.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.1),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))))
param_scheduler = dict(T_max=30)
train_cfg = dict(max_epochs=30)
auto_scale_lr = dict(base_batch_size=256)
