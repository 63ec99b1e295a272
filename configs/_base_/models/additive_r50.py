# Additive stage 2 on CLIP's RN50.
_base_ = 'additive.py'
model = dict(
    backbone=dict(arch='RN50-quickgelu', norm_eval=True),
    head=dict(in_channels=1024))
