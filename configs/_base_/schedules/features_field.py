# features.py for 100 classes and up: two epochs at a rate that were chosen on
# val images for linear LA, and the field's groups: few < 20, many > 100. The
# attention starts at the identity and moves little, as in the paper's recipe.
_base_ = 'features.py'
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(
        custom_keys={
            'head.norm_': dict(lr_mult=1e-3, decay_mult=0.0),
            'head.proj_': dict(lr_mult=1e-3)
        }))
train_cfg = dict(max_epochs=2, val_interval=2)
val_evaluator = dict(thresholds=(20, 100))
test_evaluator = dict(thresholds=(20, 100))
