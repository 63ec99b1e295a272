# own.py for stage 1: half the rate; towers that are trained whole have the
# paper's 5e-5.
_base_ = 'own.py'
optim_wrapper = dict(
    optimizer=dict(lr=5e-4),
    paramwise_cfg=dict(
        custom_keys={
            'backbone.visual': dict(lr_mult=0.1),
            'backbone.text': dict(lr_mult=0.1),
            'logit_scale': dict(decay_mult=0.0)
        }))
val_evaluator = dict(type='SentenceRetrieval')
test_evaluator = dict(type='SentenceRetrieval')
