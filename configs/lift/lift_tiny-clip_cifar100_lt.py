# LIFT on CIFAR-100-LT from a tiny CLIP: 10 epochs, minutes on CPUs.
# Trained: offsets of the tower's biases and norms, and the classifier.
# Launch: python tools/train.py configs/lift/lift_tiny-clip_cifar100_lt.py
_base_ = [
    '../_base_/models/lift_tiny-clip.py', '../_base_/datasets/cifar100_lt_48.py',
    '../_base_/schedules/tiny_lift.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lift_tiny-clip_cifar100_lt'
row_name = 'LIFT'
model = dict(head=dict(
    num_classes=100, loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    drop_last=False, sampler=dict(
        _delete_=True, type='DefaultSampler', shuffle=True))
