# Stage 1 of the demo: both towers from scratch, then anchor selection.
# Launch: python tools/train.py configs/demo/cvlp_tiny_shapes_lt.py
_base_ = [
    '../_base_/models/cvlp_tiny.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_tiny_shapes_lt'
train_dataloader = dict(dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT', corpus={{_base_.corpus}}))
train_cfg = dict(max_epochs=15, val_interval=15)
