# GPaCo on Places-LT: ResNet-152 with the weights of ImageNet, of whose
# convolutions only those of the last block are trained. The authors' script
# tests 20 images a class of val, ours the 100 of test.
# Launch: tools/dist_train.sh configs/baselines/paco/gpaco_r152_places_lt.py 8
_base_ = 'paco_r152_places_lt.py'
work_dir = 'work_dirs/gpaco_r152_places_lt'
row_name = 'GPaCo'
model = dict(
    momentum_encoder=None, projector=dict(num_layers=3, norm=False),
    head=dict(loss=dict(alpha=0.02)))
