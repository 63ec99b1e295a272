# tiny.py for stage 2: the attention starts at the identity and moves little,
# as in the paper's recipe (1e-6 beside 1e-3 for the MLP).
_base_ = 'tiny.py'
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3)
        }))
