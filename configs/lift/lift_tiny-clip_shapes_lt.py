# LIFT on shapes_lt from a tiny CLIP: as many epochs as the other rows, minutes on
# CPUs. The rate was chosen on val.
# Trained: offsets of the tower's biases and norms, and the classifier.
# Launch: python tools/train.py configs/lift/lift_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/models/lift_tiny-clip.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_lift.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lift_tiny-clip_shapes_lt'
row_name = 'LIFT'
model = dict(head=dict(
    num_classes=60, loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    drop_last=False, sampler=dict(
        _delete_=True, type='DefaultSampler', shuffle=True))
optim_wrapper = dict(optimizer=dict(lr=0.1))
param_scheduler = dict(T_max=22)
train_cfg = dict(max_epochs=22, val_interval=11)
