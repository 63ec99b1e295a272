# Stage 1 from a CLIP: the tiny CLIP tuned on the long-tailed pictures, with
# distillation from itself, then anchor sentence selection.
# Launch: python tools/train.py configs/demo/cvlp_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/models/cvlp_tiny-clip.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny-clip_shapes_lt'
train_dataloader = dict(dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT', corpus={{_base_.corpus}}))
optim_wrapper = dict(optimizer=dict(lr=3e-4))
