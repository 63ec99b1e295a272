# Places-LT for ResNets: 20 images a class in val, 100 in test.
_base_ = 'cnn_224.py'
data_preprocessor = dict(num_classes=365)
class_counts = 'data/places/Places_LT_train.txt'  # for losses
images = dict(type='PlacesLT', data_root='data/places')
train_dataloader = dict(dataset=images)
val_dataloader = dict(dataset=images)
test_dataloader = dict(dataset=images)
