# LIFT with CLIP ViT-L/14 on Places-LT, at 224 pixels.
# Trained: the branches beside the MLPs, and the classifier.
# Literature, top1: 53.7, five crops (the paper's).
# Ours: not yet run.
# Launch: python tools/train.py configs/lift/lift_vit-l14_places_lt.py
_base_ = 'lift_vit-b16_places_lt.py'
work_dir = 'work_dirs/lift_vit-l14_places_lt'
model = dict(
    backbone=dict(
        arch='ViT-L-14-quickgelu', pretrained='data/clip/ViT-L-14.pt'),
    head=dict(in_channels=1024))
