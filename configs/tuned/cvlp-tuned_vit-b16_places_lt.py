# Stage 1 with tuned towers of CLIP ViT-B/16 on Places-LT, on one GPU.
# An image is to match every sentence of its class; then anchors are selected.
# Trained: the branches beside the MLPs of both towers, and the scale.
# Ours: not yet run.
# Launch: python tools/train.py configs/tuned/cvlp-tuned_vit-b16_places_lt.py
_base_ = [
    '../_base_/models/cvlp-tuned_vit-b16.py', '../_base_/datasets/places_lt.py',
    '../_base_/schedules/tuned_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp-tuned_vit-b16_places_lt'
row_name = 'Tuned VL-LTR, stage 1'
model = dict(
    vision_backbone=dict(tuner=dict(num_classes=365)),
    text_backbone=dict(tuner=dict(num_classes=365)))
train_dataloader = dict(batch_size=256, dataset=dict(
    type='TextCorpusDataset', dataset='PlacesLT', corpus={{_base_.corpus}}))
