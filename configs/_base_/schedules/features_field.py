# features.py for 100 classes and up: two epochs at a rate that were chosen on
# val images for linear LA, and the field's groups: few < 20, many > 100.
_base_ = 'features.py'
optim_wrapper = dict(optimizer=dict(lr=2e-3))
train_cfg = dict(max_epochs=2, val_interval=2)
val_evaluator = dict(thresholds=(20, 100))
test_evaluator = dict(thresholds=(20, 100))
