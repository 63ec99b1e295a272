# Stage 1 of ablation 4 on shapes_lt from a tiny CLIP: without L_dis, L_ccl
# having its full weight: otherwise as row 1.
# Launch: python tools/train.py \
#    configs/demo/ablations/cvlp-row4_tiny-clip_shapes_lt.py
_base_ = '../cvlp_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/cvlp-row4_tiny-clip_shapes_lt'
train_dataloader = dict(sampler=dict(power=0.5))  # these two: row 1's
optim_wrapper = dict(optimizer=dict(lr=3e-4))
