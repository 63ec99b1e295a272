# In place of stage 1 for ablation 2 on shapes_lt from a tiny CLIP: no
# training, only the anchors that the towers select as they come.
# Launch: python tools/train.py \
#    configs/demo/ablations/cvlp-row2_tiny-clip_shapes_lt.py
_base_ = '../cvlp_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/cvlp-row2_tiny-clip_shapes_lt'
param_scheduler = None
train_cfg = dict(max_epochs=0)
