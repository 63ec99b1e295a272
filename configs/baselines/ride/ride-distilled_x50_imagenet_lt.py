# RIDE on ImageNet-LT, stage 2 of 3: four experts, which learn from the
# teacher's six too. Both losses count four times and the teacher's BatchNorm
# goes by the batch, as in the authors' code.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/ride/ride-distilled_x50_imagenet_lt.py 8
_base_ = 'ride-teacher_x50_imagenet_lt.py'
work_dir = 'work_dirs/ride-distilled_x50_imagenet_lt'
row_name = 'RIDE, all experts'
pretrain_config = 'ride-teacher_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ride-teacher_x50_imagenet_lt'
model = dict(
    type='DistilledClassifier',
    teacher={{_base_.model}},
    teacher_checkpoint=f'{pretrain_work_dir}/epoch_100.pth',
    temperature=1.5,
    expert_scale='official',
    teacher_eval=False,
    backbone=dict(num_experts=4),
    head=dict(num_experts=4))
