# Stage 1 with tuned towers of CLIP ViT-B/16 on iNaturalist 2018, on one GPU.
# An image is to match every sentence of its class; then anchors are selected.
# Trained: the branches beside the MLPs of both towers, and the scale.
# Ours: not yet run.
# Launch: python tools/train.py configs/tuned/cvlp-tuned_vit-b16_inat18.py
_base_ = [
    '../_base_/models/cvlp-tuned_vit-b16.py', '../_base_/datasets/inat18.py',
    '../_base_/schedules/tuned_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp-tuned_vit-b16_inat18'
row_name = 'Tuned VL-LTR, stage 1'
model = dict(
    vision_backbone=dict(tuner=dict(num_classes=8142)),
    text_backbone=dict(tuner=dict(num_classes=8142)))
train_dataloader = dict(batch_size=256, dataset=dict(
    type='TextCorpusDataset', dataset='INaturalist2018', corpus={{_base_.corpus}}))
