# Places-LT: 62,500 training images, 4980 to 5 a class; 20 a class in val, 100
# in test.
_base_ = 'clip_224.py'
data_preprocessor = dict(num_classes=365)
train_dataloader = dict(
    dataset=dict(
        type='PlacesLT',
        data_root='data/places',
        split='train',
        pipeline={{_base_.train_pipeline}}))
val_dataloader = dict(
    dataset=dict(
        type='PlacesLT',
        data_root='data/places',
        split='val',
        pipeline={{_base_.test_pipeline}}))
test_dataloader = dict(
    dataset=dict(
        type='PlacesLT',
        data_root='data/places',
        split='test',
        pipeline={{_base_.test_pipeline}}))
