# VL-LTR with CLIP ViT-B/16 on iNaturalist 2018 at 384 px, stage 2.
# Trained: head and image tower.
# Position embeddings are resized (bicubic) from the 224 px of stage 1.
# Paper, top1: 81.0.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/vlltr_vit-b16-384_inat18.py 8
# (runs stage 1 first where its outputs are missing)
_base_ = [
    '_base_/models/vlltr_vit-b16.py', '_base_/datasets/inat18_384.py',
    '_base_/schedules/lgr_inat18.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_vit-b16-384_inat18'
pretrain_config = 'cvlp_vit-b16_inat18.py'
pretrain_work_dir = 'work_dirs/cvlp_vit-b16_inat18'
model = dict(
    backbone=dict(
        pretrained=f'{pretrain_work_dir}/epoch_100.pth',
        frozen=False, img_size=384),
    head=dict(
        num_classes=8142,
        anchors=f'{pretrain_work_dir}/anchors.safetensors',
        visual_weight=0.7,  # of the published top1; the formula has 0.5
        detach_norm=True,
        loss=dict(num_classes=8142)))
