# Stage 1 on CIFAR-100-LT with a tiny CLIP from scratch, in minutes on a CPU.
# Launch: python tools/train.py configs/demo/cvlp_tiny_cifar100_lt.py
_base_ = [
    '../_base_/models/cvlp_tiny.py', '../_base_/datasets/cifar100_lt.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny_cifar100_lt'
model = dict(vision_backbone=dict(img_size=64))
train_dataloader = dict(dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT', corpus={{_base_.corpus}}))
train_cfg = dict(max_epochs=20, val_interval=5)
