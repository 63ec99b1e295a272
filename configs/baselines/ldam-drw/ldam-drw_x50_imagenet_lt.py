# LDAM and deferred re-weighting on ImageNet-LT: ResNeXt-50 32x4d and cosines
# with a wider margin for rare classes, class weights from epoch 72.
# Launch: tools/dist_train.sh \
#    configs/baselines/ldam-drw/ldam-drw_x50_imagenet_lt.py 8
_base_ = '../ce/ce_x50_imagenet_lt.py'
work_dir = 'work_dirs/ldam-drw_x50_imagenet_lt'
row_name = 'LDAM + DRW'
model = dict(head=dict(
    type='CosineLinearClsHead',
    loss=dict(
        _delete_=True, type='LDAMLoss', max_margin=0.5, scale=30, beta=0.9999,
        class_counts={{_base_.class_counts}})))
custom_hooks = [dict(type='DeferredReweightingHook', begin=72)]
