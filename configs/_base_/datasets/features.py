# Stored features in the place of images: of each step, 128 draws with
# replacement, instance-balanced; an epoch is 400 steps.
data_preprocessor = dict(type='FeatureDataPreprocessor')
train_dataloader = dict(
    batch_size=128,
    num_workers=0,
    collate_fn=dict(type='default_collate'),
    dataset=dict(type='FeatureDataset'),
    sampler=dict(type='ClassBalancedSampler', power=1, num_samples=51200))
val_dataloader = dict(
    batch_size=512,
    num_workers=0,
    collate_fn=dict(type='default_collate'),
    dataset=dict(type='FeatureDataset'),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
