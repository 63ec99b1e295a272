# VL-LTR with SigLIP ViT-B/16 on ImageNet-LT, stage 2. Not in the paper;
# schedule and rates are those of vlltr_vit-b16_imagenet_lt.
# Trained: the head.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/siglip/vlltr_vit-b16-siglip_imagenet_lt.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '../_base_/models/vlltr_vit-b16-siglip.py',
    '../_base_/datasets/imagenet_lt_siglip.py', '../_base_/schedules/lgr.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_vit-b16-siglip_imagenet_lt'
pretrain_config = 'cvlp_vit-b16-siglip_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_vit-b16-siglip_imagenet_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_50.pth'),
    head=dict(
        num_classes=1000,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        loss=dict(num_classes=1000)))
