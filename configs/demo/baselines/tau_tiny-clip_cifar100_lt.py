# τ-normalized on CIFAR-100-LT from a tiny CLIP: the baseline's classifier, its
# weights divided by |w|^τ; τ is chosen on val. Nothing is trained.
# Launch: python tools/test.py \
#    configs/demo/baselines/tau_tiny-clip_cifar100_lt.py
_base_ = [
    '../../_base_/models/tau_tiny.py',
    '../../_base_/datasets/cifar100_lt_48.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/tau_tiny-clip_cifar100_lt'
pretrain_config = 'ce_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/ce_tiny-clip_cifar100_lt'
baseline = f'{pretrain_work_dir}/epoch_9.pth'
train_dataloader = None
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=100, linear=baseline))
