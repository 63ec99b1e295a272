# τ-normalized on ImageNet-LT: the classifier of cross entropy, its weights
# divided by |w|^τ; τ is chosen on val. Nothing is trained.
# Launch: tools/dist_test.sh configs/baselines/tau/tau_x101_imagenet_lt.py '' 8
_base_ = [
    '../ce/ce_x101_imagenet_lt.py',
    '../../_base_/models/tau_sweep.py'
]
work_dir = 'work_dirs/tau_x101_imagenet_lt'
row_name = 'τ-normalized'
pretrain_config = '../ce/ce_x101_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_x101_imagenet_lt'
baseline = f'{pretrain_work_dir}/epoch_90.pth'
train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(type='TauNormClsHead', linear=baseline))
