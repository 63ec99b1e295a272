# CLIP ViT-B/32's features of 24 classes of Oxford-IIIT Pets, 89 to 2 training
# images, one prompt a class: a long tail that tools/dataset_converters/
# import_features.py draws. Copy this file for features of your own; they are
# of norm 1 here, which model.scale makes 10.
_base_ = 'features.py'
features = 'data/pets24_vit-b32'
num_classes, embed_dims, num_anchors = 24, 512, 1
class_counts = f'{features}/class_counts.json'  # for losses
train_dataloader = dict(dataset=dict(file=f'{features}/train.safetensors'))
val_dataloader = dict(dataset=dict(file=f'{features}/val.safetensors'))
test_dataloader = dict(dataset=dict(file=f'{features}/test.safetensors'))
