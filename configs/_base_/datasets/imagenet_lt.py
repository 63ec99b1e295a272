# ImageNet-LT: 115,846 training images, 1280 to 5 a class; 20 a class in val,
# 50 in test.
_base_ = 'clip_224.py'
data_preprocessor = dict(num_classes=1000)
class_counts = 'data/imagenet/ImageNet_LT_train.txt'  # for losses
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/imagenet/wiki')
])
images = dict(type='ImageNetLT', data_root='data/imagenet')
train_dataloader = dict(dataset=images)
val_dataloader = dict(dataset=images)
test_dataloader = dict(dataset=images)
