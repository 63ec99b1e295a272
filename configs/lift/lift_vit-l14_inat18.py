# LIFT with CLIP ViT-L/14 on iNaturalist 2018, at 224 pixels.
# Trained: the branches beside the MLPs, and the classifier.
# Literature, top1: 85.2, five crops (the paper's).
# Ours: not yet run.
# Launch: python tools/train.py configs/lift/lift_vit-l14_inat18.py
_base_ = 'lift_vit-b16_inat18.py'
work_dir = 'work_dirs/lift_vit-l14_inat18'
model = dict(
    backbone=dict(
        arch='ViT-L-14-quickgelu', pretrained='data/clip/ViT-L-14.pt'),
    head=dict(in_channels=1024))
