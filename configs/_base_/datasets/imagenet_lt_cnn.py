# ImageNet-LT for ResNets: 20 images a class in val, 50 in test.
_base_ = 'cnn_224.py'
data_preprocessor = dict(num_classes=1000)
class_counts = 'data/imagenet/ImageNet_LT_train.txt'  # for losses
images = dict(type='ImageNetLT', data_root='data/imagenet')
train_dataloader = dict(dataset=images)
val_dataloader = dict(dataset=images)
test_dataloader = dict(dataset=images)
