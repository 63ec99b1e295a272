# Additive language guidance with CLIP ViT-B/16 on iNaturalist 2018, stage 2:
# one score and logit adjustment, images drawn as they fall. Not in the paper;
# stage 1, schedule and learning rates are those of vlltr_vit-b16_inat18.
# Trained: head and image tower.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/additive/additive_vit-b16_inat18.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '../_base_/models/additive_vit-b16.py', '../_base_/datasets/inat18.py',
    '../_base_/schedules/lgr_inat18.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/additive_vit-b16_inat18'
row_name = 'Additive + LA'
pretrain_config = '../cvlp_vit-b16_inat18.py'
pretrain_work_dir = 'work_dirs/cvlp_vit-b16_inat18'
model = dict(
    backbone=dict(
        pretrained=f'{pretrain_work_dir}/epoch_100.pth', frozen=False),
    head=dict(
        num_classes=8142,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        detach_norm=True,
        loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
