# Stage 1: AdamW, five epochs of warm-up from 1e-6, then a cosine, stepped per
# epoch; 16-bit mixed precision. lr is not scaled with the number of GPUs.
optim_wrapper = dict(
    type='AmpOptimWrapper',
    dtype='float16',
    loss_scale='dynamic',
    optimizer=dict(
        type='AdamW', betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        bias_decay_mult=0.0,
        flat_decay_mult=0.0,
        custom_keys=dict(logit_scale=dict(decay_mult=0.0))))
train_cfg = dict(by_epoch=True, val_interval=5)
val_cfg = dict()
test_cfg = dict()
