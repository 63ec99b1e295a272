# LDAM and deferred re-weighting on iNaturalist 2018: ResNet-50 and cosines
# with a wider margin for rare classes, class weights from epoch 60.
# Paper, top1: 68.0.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/ldam-drw/ldam-drw_resnet50_inat18.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/inat18_cnn_in1k.py',
    '../../_base_/schedules/cnn_steps.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ldam-drw_resnet50_inat18'
row_name = 'LDAM + DRW'
model = dict(head=dict(
    num_classes=8142,
    type='CosineLinearClsHead',
    loss=dict(
        _delete_=True, type='LDAMLoss', max_margin=0.5, scale=30, beta=0.9999,
        class_counts={{_base_.class_counts}})))
custom_hooks = [dict(type='DeferredReweightingHook', begin=60)]
train_dataloader = dict(batch_size=32)  # of 8 GPUs
