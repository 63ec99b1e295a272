# iNaturalist 2018: 437,513 training images of 8142 species; val, 3 a species,
# is the test set too.
_base_ = 'clip_224.py'
data_preprocessor = dict(num_classes=8142)
train_dataloader = dict(
    dataset=dict(
        type='INaturalist2018',
        data_root='data/iNat',
        split='train',
        pipeline={{_base_.train_pipeline}}))
val_dataloader = dict(
    dataset=dict(
        type='INaturalist2018',
        data_root='data/iNat',
        split='val',
        pipeline={{_base_.test_pipeline}}))
test_dataloader = dict(
    dataset=dict(
        type='INaturalist2018',
        data_root='data/iNat',
        split='val',
        pipeline={{_base_.test_pipeline}}))
