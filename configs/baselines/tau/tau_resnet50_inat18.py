# τ-normalized on iNaturalist 2018: the classifier of cross entropy, its
# weights divided by |w|^τ; τ as the head has it, since the only labelled
# images besides the training ones are the test set. Nothing is trained.
# Paper, top1: 69.3.
# Ours: not yet run.
# Launch: tools/dist_test.sh configs/baselines/tau/tau_resnet50_inat18.py '' 8
_base_ = '../ce/ce_resnet50_inat18.py'
work_dir = 'work_dirs/tau_resnet50_inat18'
row_name = 'τ-normalized'
pretrain_config = '../ce/ce_resnet50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_resnet50_inat18'
baseline = f'{pretrain_work_dir}/epoch_200.pth'
train_dataloader = train_cfg = optim_wrapper = param_scheduler = None
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(type='TauNormClsHead', tau=1.0, linear=baseline))
