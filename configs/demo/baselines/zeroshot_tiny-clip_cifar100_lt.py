# Zero-shot on CIFAR-100-LT from a tiny CLIP: the class whose prompts are
# nearest, with the towers as they come. Nothing is trained.
# Launch: python tools/test.py \
#    configs/demo/baselines/zeroshot_tiny-clip_cifar100_lt.py
_base_ = [
    '../../_base_/models/zeroshot_tiny-clip.py',
    '../../_base_/datasets/cifar100_lt_48.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/zeroshot_tiny-clip_cifar100_lt'
train_dataloader = None
model = dict(head=dict(num_classes=100))
