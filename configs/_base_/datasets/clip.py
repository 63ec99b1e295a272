# What all data sets share: CLIP's normalisation, and square-root sampling with
# replacement.
data_preprocessor = dict(
    type='ClsDataPreprocessor',
    mean=[122.771, 116.746, 104.094],  # CLIP's, times 255
    std=[68.501, 66.632, 70.323],
    to_rgb=True)
train_dataloader = dict(
    persistent_workers=False,  # RandomStateHook seeds loader processes each epoch
    drop_last=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='ClassBalancedSampler', power=0.5))
val_dataloader = dict(
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
