# One epoch of as many steps as the sampler draws batches, a cosine over all.
# lr: 1e-3, unless 1e-4 or 1e-2 is over a point better on validation images.
# few < 8, many > 30 training images: for tails of 89 to 2.
_base_ = 'adamw.py'
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = dict(
    type='CosineAnnealingLR', eta_min=0, convert_to_iter_based=True)
train_cfg = dict(max_epochs=1, val_interval=1)
val_evaluator = dict(thresholds=(8, 30))
test_evaluator = dict(thresholds=(8, 30))
