# Stage 1 on CIFAR-100-LT from the tiny CLIP, which has seen drawn shapes only.
# Launch: python tools/train.py configs/demo/cvlp_tiny-clip_cifar100_lt.py
_base_ = [
    '../_base_/models/cvlp_tiny-clip.py',
    '../_base_/datasets/cifar100_lt_48.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny-clip_cifar100_lt'
train_dataloader = dict(dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT', corpus={{_base_.corpus}}))
train_cfg = dict(max_epochs=6, val_interval=6)
