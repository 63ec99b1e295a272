# Nothing is trained: `python tools/test.py CONFIG` is all. A config with this
# base also sets train_dataloader = None and, where its head has no parameters,
# model.backbone.frozen=False: DDP takes no model without a trainable one.
train_cfg = None
optim_wrapper = None
val_cfg = dict()
test_cfg = dict()
val_evaluator = dict(
    type='ClassSplitAccuracy', thresholds=(20, 100), rule='field')
test_evaluator = val_evaluator
