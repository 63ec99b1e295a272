# Own images: AdamW, 50 iterations of warm-up, a cosine to 0 over all. What
# begins anew has lr, a tower that is trained whole a twentieth of it, and the
# attention, which begins at the identity, a thousandth.
_base_ = 'adamw.py'
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(
        custom_keys={
            'backbone.visual': dict(lr_mult=0.05),
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3)
        }))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', eta_min=0, convert_to_iter_based=True)
]
