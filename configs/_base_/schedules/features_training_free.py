# features.py for what is only tested.
_base_ = 'training_free.py'
val_evaluator = dict(thresholds=(8, 30))
test_evaluator = dict(thresholds=(8, 30))
