# lgr.py as it was run on iNaturalist 2018, where the tower is trained too: it
# and the MLP at lr, the attention's projections and norms at 1e-6.
_base_ = 'lgr.py'
optim_wrapper = dict(
    optimizer=dict(lr=2e-5),
    paramwise_cfg=dict(
        custom_keys={
            'head.norm_': dict(lr_mult=0.05),
            'head.proj_': dict(lr_mult=0.05)
        }))
param_scheduler = dict(T_max=360)
train_cfg = dict(max_epochs=360)
