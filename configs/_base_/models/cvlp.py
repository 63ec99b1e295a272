# Stage 1 for any pair of CLIP towers: half L_ccl, half L_dis.
model = dict(
    type='CVLP',
    loss=dict(type='ClassWiseContrastiveLoss', label_smooth=0.1),
    teacher=True,
    ccl_weight=0.5,
    distill_weight=0.5)
