# VL-LTR with CLIP RN50 on Places-LT, stage 1.
# An image is to match every sentence of its class; then anchors are selected.
# All is trained, but BatchNorm stays in eval.
# Paper: no number for stage 1 alone. Ours: not yet run.
# Launch: tools/dist_train.sh configs/cvlp_r50_places_lt.py 8
_base_ = [
    '_base_/models/cvlp_r50.py', '_base_/datasets/places_lt.py',
    '_base_/schedules/cvlp.py', '_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_r50_places_lt'
train_dataloader = dict(batch_size=256, dataset=dict(
    type='TextCorpusDataset', dataset='PlacesLT', corpus={{_base_.corpus}}))
auto_scale_lr = dict(base_batch_size=2048, enable=False)
