# RIDE on the drawn shapes, stage 2 of 3: four experts, which learn from the
# teacher's six too.
# Launch: python tools/train.py configs/cnn/ride-distilled_r14_shapes_lt.py
_base_ = 'ride-teacher_r14_shapes_lt.py'
work_dir = 'work_dirs/ride-distilled_r14_shapes_lt'
row_name = 'RIDE, all experts'
pretrain_config = 'ride-teacher_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ride-teacher_r14_shapes_lt'
model = dict(
    type='DistilledClassifier',
    teacher={{_base_.model}},
    teacher_checkpoint=f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth',
    temperature=1.5,
    expert_scale='official',
    teacher_eval=False,
    backbone=dict(num_experts=4),
    head=dict(num_experts=4, loss=dict(diversity_weight=0.2)))
