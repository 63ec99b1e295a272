# LIFT+ with CLIP ViT-L/14 on iNaturalist 2018, at 224 pixels.
# Trained: the branches beside the MLPs, and the classifier.
# Ours: not yet run.
# Launch: python tools/train.py configs/lift/lift-plus_vit-l14_inat18.py
_base_ = 'lift-plus_vit-b16_inat18.py'
work_dir = 'work_dirs/lift-plus_vit-l14_inat18'
model = dict(
    backbone=dict(
        arch='ViT-L-14-quickgelu', pretrained='data/clip/ViT-L-14.pt'),
    head=dict(in_channels=1024))
