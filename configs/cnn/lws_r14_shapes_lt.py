# LWS on the drawn shapes: one learned scale per class on the frozen ResNet-14 and
# linear head of cross entropy, every class alike.
# Launch: python tools/train.py configs/cnn/lws_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/lws_r14_shapes_lt'
row_name = 'LWS'
pretrain_config = 'ce_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_r14_shapes_lt'
baseline = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
model = dict(
    backbone=dict(
        frozen=True, init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(type='LWSClsHead', linear=baseline))
train_dataloader = dict(
    sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=4))
param_scheduler = [dict(type='CosineAnnealingLR', eta_min=0, T_max=5)]
train_cfg = dict(max_epochs=5, val_interval=5)
