# Towers that know ImageNet go on, a few epochs: a tenth of the rate of fresh
# parts.
_base_ = 'tiny.py'
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(
        custom_keys={
            'backbone': dict(lr_mult=0.1),
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3)
        }))
