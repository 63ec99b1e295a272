# Stage 2 of ImageNet-LT and Places-LT: no warm-up, a cosine to 0. The MLP has
# lr, the attention's projections and norms 1e-6.
_base_ = 'adamw_amp.py'
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(
        custom_keys={
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3)
        }))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=50)
train_cfg = dict(max_epochs=50)
auto_scale_lr = dict(base_batch_size=1024, enable=False)
