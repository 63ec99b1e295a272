# iNaturalist 2018: 437,513 training images of 8142 species; val, 3 a species,
# is the test set too.
_base_ = 'clip_224.py'
data_preprocessor = dict(num_classes=8142)
# For losses; tools/dataset_converters/inat_to_list.py writes it.
class_counts = 'data/iNat/iNaturalist18_train.txt'
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/iNat/wiki')
])
images = dict(type='INaturalist2018', data_root='data/iNat')
train_dataloader = dict(dataset=images)
val_dataloader = dict(dataset=images)
test_dataloader = dict(dataset=dict(**images, split='val'))
