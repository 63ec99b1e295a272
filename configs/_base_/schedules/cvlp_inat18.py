# cvlp.py as it was run on iNaturalist 2018. The images that score the
# sentences are training images, as they are tested. (The first implementation
# drew augmented ones, and of some classes none.)
_base_ = 'cvlp.py'
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.002, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=1e-5, T_max=95, begin=5, end=100)
]
train_cfg = dict(max_epochs=100)
custom_hooks = [
    dict(type='SentenceBankHook'),
    dict(type='TeacherTextBankHook'),
    dict(
        type='AnSSHook',
        images='train_dataloader',
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
