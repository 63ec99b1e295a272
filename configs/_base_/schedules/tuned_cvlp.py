# Stage 1 of tuned towers on one GPU: 10 epochs, one of them warm-up. The images
# that score the sentences are training images, as they are tested.
_base_ = 'adamw_amp.py'
optim_wrapper = dict(
    optimizer=dict(lr=5e-4),
    paramwise_cfg=dict(custom_keys=dict(logit_scale=dict(decay_mult=0.0))))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, by_epoch=True, begin=0, end=1,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=9, begin=1, end=10,
         convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=10)
val_evaluator = dict(type='SentenceRetrieval')
test_evaluator = val_evaluator
custom_hooks = [
    dict(type='SentenceBankHook'),
    dict(
        type='AnSSHook',
        images='train_dataloader',
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
