# Stage 2 of tuned towers on one GPU: LIFT's in 5 epochs; the attention starts at
# the identity and moves little.
_base_ = 'lift.py'
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3, decay_mult=0.0)
        }))
param_scheduler = dict(T_max=5)
train_cfg = dict(max_epochs=5)
