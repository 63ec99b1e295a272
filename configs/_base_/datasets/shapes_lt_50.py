# shapes_lt without 10 of its classes, which have neither images nor text in
# training: tools/dataset_converters/hold_out_classes.py data/shapes_lt data/shapes_lt_50
_base_ = 'shapes_lt.py'
data_preprocessor = dict(num_classes=50)
class_counts = 'data/shapes_lt_50/seen/ImageNet_LT_train.txt'  # for losses
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/shapes_lt_50/seen/wiki')
])
train_dataloader = dict(dataset=dict(data_root='data/shapes_lt_50/seen'))
val_dataloader = dict(dataset=dict(data_root='data/shapes_lt_50/seen'))
test_dataloader = dict(dataset=dict(data_root='data/shapes_lt_50/seen'))
