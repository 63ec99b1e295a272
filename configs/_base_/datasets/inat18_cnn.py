# iNaturalist 2018 for ResNets, without colour jitter; val, 3 images a species,
# is the test set too. The normalisation is that of RIDE, SADE, ResLT and PaCo;
# BBN and Kang et al. have ImageNet's.
_base_ = 'cnn_224.py'
data_preprocessor = dict(
    num_classes=8142,
    mean=[118.83, 120.105, 96.9],  # .466 .471 .380, times 255
    std=[49.725, 49.47, 48.96])  # .195 .194 .192
# For losses; tools/dataset_converters/inat_to_list.py writes it.
class_counts = 'data/iNat/iNaturalist18_train.txt'
train_pipeline = [*_base_.crop, dict(type='PackInputs')]
images = dict(type='INaturalist2018', data_root='data/iNat')
train_dataloader = dict(dataset=dict(**images, pipeline=train_pipeline))
val_dataloader = dict(dataset=images)
test_dataloader = dict(dataset=dict(**images, split='val'))
