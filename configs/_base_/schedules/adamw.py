# What all schedules share. lr is not scaled with the number of GPUs.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW', betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05),
    paramwise_cfg=dict(
        norm_decay_mult=0.0, bias_decay_mult=0.0, flat_decay_mult=0.0))
train_cfg = dict(by_epoch=True)
val_cfg = dict()
test_cfg = dict()
val_evaluator = dict(
    type='ClassSplitAccuracy', thresholds=(20, 100), rule='field')
test_evaluator = val_evaluator
