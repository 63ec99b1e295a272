# VL-LTR on tuned towers of CLIP ViT-B/16, Places-LT, on one GPU: text, anchors
# and one logit-adjusted score on a tower that stays CLIP's. Ours, no paper's.
# Trained: the branches beside the MLPs, and the head.
# Ours: not yet run.
# Launch: python tools/train.py configs/tuned/vlltr-tuned_vit-b16_places_lt.py
# (runs stage 1 where its outputs are missing); five crops: tools/test.py --tte
_base_ = [
    '../_base_/models/vlltr-tuned_vit-b16.py', '../_base_/datasets/places_lt.py',
    '../_base_/datasets/lift_224.py', '../_base_/schedules/tuned_lgr.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr-tuned_vit-b16_places_lt'
row_name = 'Tuned VL-LTR'
pretrain_config = 'cvlp-tuned_vit-b16_places_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-tuned_vit-b16_places_lt'
model = dict(
    backbone=dict(
        pretrained=f'{pretrain_work_dir}/epoch_10.pth',
        tuner=dict(num_classes=365)),
    head=dict(
        num_classes=365,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    drop_last=False, sampler=dict(
        _delete_=True, type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline={{_base_.lift_plus_train}}))
