# Stage 1 with tuned towers from the tiny CLIP, minutes on CPUs. The image tower
# is a ResNet: offsets of its biases and norms are trained; of the text tower,
# branches beside the MLPs. Class-balanced, as cvlp_tiny-clip_shapes_lt.
# Launch: python tools/train.py configs/tuned/cvlp-tuned_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/models/cvlp_tiny-clip.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp-tuned_tiny-clip_shapes_lt'
pretrain_config = '../demo/clip_tiny_shapes.py'
model = dict(
    vision_backbone=dict(tuner=dict(type='BiasTuner', norm_weights=True)),
    text_backbone=dict(tuner=dict(type='AdaptFormer', bottleneck=16)),
    teacher=False,
    ccl_weight=1.0)
train_dataloader = dict(
    dataset=dict(
        type='TextCorpusDataset', dataset='ImageNetLT',
        corpus={{_base_.corpus}}),
    sampler=dict(power=0))
