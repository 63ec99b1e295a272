# Stage 1 of ImageNet-LT and Places-LT: five epochs of warm-up from 1e-6, then
# a cosine. The images that score the sentences are those of val, 20 a class,
# for parity with the first implementation; images='train_dataloader' keeps
# them apart from model selection.
_base_ = 'adamw_amp.py'
optim_wrapper = dict(
    optimizer=dict(lr=5e-5),
    paramwise_cfg=dict(custom_keys=dict(logit_scale=dict(decay_mult=0.0))))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=45, begin=5, end=50)
]
train_cfg = dict(max_epochs=50)
val_evaluator = dict(type='SentenceRetrieval')
test_evaluator = val_evaluator
custom_hooks = [
    dict(type='SentenceBankHook'),
    dict(type='TeacherTextBankHook'),
    dict(
        type='AnSSHook',
        images='val_dataloader',
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=None)
]
