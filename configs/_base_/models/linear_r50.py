# linear.py with CLIP's RN50.
_base_ = 'linear.py'
model = dict(
    backbone=dict(arch='RN50-quickgelu'), head=dict(in_channels=1024))
