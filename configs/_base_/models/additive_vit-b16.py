# Additive stage 2 on CLIP's ViT-B/16.
_base_ = 'additive.py'
model = dict(
    backbone=dict(arch='ViT-B-16-quickgelu'), head=dict(in_channels=512))
