# LDAM and deferred re-weighting on the drawn shapes: ResNet-14 and cosines with a
# wider margin for rare classes, class weights in the last fifth of the epochs.
# Launch: python tools/train.py configs/cnn/ldam-drw_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/ldam-drw_r14_shapes_lt'
row_name = 'LDAM + DRW'
model = dict(head=dict(
    type='CosineLinearClsHead',
    loss=dict(
        _delete_=True, type='LDAMLoss', max_margin=0.5, scale=30, beta=0.9999,
        class_counts={{_base_.class_counts}})))
custom_hooks = [dict(
    type='DeferredReweightingHook', begin=_base_.max_epochs * 4 // 5)]
