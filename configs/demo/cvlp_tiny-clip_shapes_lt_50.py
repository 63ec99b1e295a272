# Stage 1 from the tiny CLIP on 50 classes of shapes_lt; the other 10 come in by
# text (docs/new_classes.md).
# Launch: python tools/train.py configs/demo/cvlp_tiny-clip_shapes_lt_50.py
# (runs the tiny CLIP before it, where its output is missing)
_base_ = [
    '../_base_/models/cvlp_tiny-clip.py',
    '../_base_/datasets/shapes_lt_50.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny-clip_shapes_lt_50'
model = dict(teacher=False, ccl_weight=1.0)
train_dataloader = dict(
    dataset=dict(
        type='TextCorpusDataset', dataset='ImageNetLT',
        corpus={{_base_.corpus}}),
    sampler=dict(power=0))
