# OLTR on ImageNet-LT, first stage: cross entropy as in the row CE, with a
# 512-d feature before the classifier.
# Launch: tools/dist_train.sh \
#    configs/baselines/oltr/oltr-stage1_x50_imagenet_lt.py 8
_base_ = '../ce/ce_x50_imagenet_lt.py'
work_dir = 'work_dirs/oltr-stage1_x50_imagenet_lt'
row_name = 'OLTR, stage 1'
model = dict(
    neck=dict(
        _delete_=True, type='OLTRNeck', in_channels=2048, out_channels=512,
        attention=False),
    head=dict(in_channels=512))
