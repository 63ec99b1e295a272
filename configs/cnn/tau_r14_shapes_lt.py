# τ-normalized on the drawn shapes: the classifier of cross entropy, its weights
# divided by |w|^τ; τ is chosen on val. Nothing is trained.
# Launch: python tools/test.py configs/cnn/tau_r14_shapes_lt.py
_base_ = [
    'ce_r14_shapes_lt.py',
    '../_base_/models/tau_sweep.py'
]
work_dir = 'work_dirs/tau_r14_shapes_lt'
row_name = 'τ-normalized'
pretrain_config = 'ce_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_r14_shapes_lt'
baseline = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(type='TauNormClsHead', linear=baseline))
