# Stage 1 from a CLIP: the tiny CLIP tuned on the long-tailed pictures, then
# anchor sentence selection. Without distillation: this CLIP knows less of the
# pictures than they teach; class-balanced: what is drawn more often gets more of
# the contrastive softmax (docs/results.md; as the paper has both:
# ablations/cvlp-row1_...).
# Launch: python tools/train.py configs/demo/cvlp_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/models/cvlp_tiny-clip.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny-clip_shapes_lt'
model = dict(teacher=False, ccl_weight=1.0)
train_dataloader = dict(
    dataset=dict(
        type='TextCorpusDataset', dataset='ImageNetLT',
        corpus={{_base_.corpus}}),
    sampler=dict(power=0))
