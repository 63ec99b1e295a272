# iNaturalist 2018 for ResNets, normalised as ImageNet: that of BBN and of Kang
# et al.
_base_ = 'inat18_cnn.py'
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
