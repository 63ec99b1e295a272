# GPaCo on the drawn shapes: ResNet-14, 1024 keys.
# Launch: python tools/train.py configs/cnn/gpaco_r14_shapes_lt.py
_base_ = 'paco_r14_shapes_lt.py'
work_dir = 'work_dirs/gpaco_r14_shapes_lt'
row_name = 'GPaCo'
model = dict(
    momentum_encoder=None, projector=dict(num_layers=3, norm=False))
optim_wrapper = dict(optimizer=dict(lr=0.1))
