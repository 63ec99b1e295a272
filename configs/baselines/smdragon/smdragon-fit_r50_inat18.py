# smDRAGON on iNaturalist 2018, second of three stages: what a class's number
# of images says of its probability, on the images that were held out.
# Launch: tools/dist_train.sh \
#    configs/baselines/smdragon/smdragon-fit_r50_inat18.py 8
_base_ = '../ce/ce_resnet50_inat18.py'
work_dir = 'work_dirs/smdragon-fit_r50_inat18'
row_name = 'smDRAGON, stage 2'
pretrain_config = 'smdragon-rest_r50_inat18.py'
pretrain_work_dir = 'work_dirs/smdragon-rest_r50_inat18'
stage1 = f'{pretrain_work_dir}/epoch_200.pth'
start = dict(type='Pretrained', prefix='backbone.', checkpoint=stage1)
model = dict(
    backbone=dict(frozen_stages=4, init_cfg=start),
    head=dict(
        type='FamiliarityClsHead', linear=stage1,
        class_counts={{_base_.class_counts}}))
feature_cache = 1  # nothing here changes an image
images = dict(
    **_base_.images, split='train',
    pipeline={{_base_.test_pipeline}})
held = dict(type='HoldOutDataset', part='held', dataset=images)
train_dataloader = dict(
    batch_size=8, dataset=dict(_delete_=True, **held),  # of 8 GPUs
    sampler=dict(_delete_=True, type='ClassBalancedSampler', power=0))
adam = dict(type='Adam', lr=1e-3)
optim_wrapper = dict(_delete_=True, type='OptimWrapper', optimizer=adam)
param_scheduler = dict(T_max=10)
train_cfg = dict(max_epochs=10)
auto_scale_lr = dict(base_batch_size=64)
