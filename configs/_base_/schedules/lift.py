# LIFT: SGD, everything that is trained decays, a cosine by epoch from the
# first, no warm-up. lr is for 128 images in a batch, of all GPUs together.
optim_wrapper = dict(
    type='AmpOptimWrapper', dtype='float16', loss_scale='dynamic',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=10)
train_cfg = dict(by_epoch=True, max_epochs=10, val_interval=5)
val_cfg = dict()
test_cfg = dict()
val_evaluator = dict(
    type='ClassSplitAccuracy', thresholds=(20, 100), rule='field')
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=128, enable=False)
