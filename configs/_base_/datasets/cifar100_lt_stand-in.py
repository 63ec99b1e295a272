# CIFAR-100-LT as the stand-in for CLIP sees it, at 160 pixels: 500 to 5
# training images a class. The folder is made by tools/encode_features.py.
_base_ = 'features.py'
features = 'data/cifar100_lt_stand-in'
num_classes, embed_dims = 100, 512
class_counts = f'{features}/class_counts.json'  # for losses
train_dataloader = dict(dataset=dict(file=f'{features}/train.safetensors'))
val_dataloader = dict(dataset=dict(file=f'{features}/val.safetensors'))
test_dataloader = dict(dataset=dict(file=f'{features}/test.safetensors'))
