# Places-LT: 62,500 training images, 4980 to 5 a class; 20 a class in val, 100
# in test.
_base_ = 'clip_224.py'
data_preprocessor = dict(num_classes=365)
class_counts = 'data/places/Places_LT_train.txt'  # for losses
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/places/wiki')
])
images = dict(type='PlacesLT', data_root='data/places')
train_dataloader = dict(dataset=images)
val_dataloader = dict(dataset=images)
test_dataloader = dict(dataset=images)
