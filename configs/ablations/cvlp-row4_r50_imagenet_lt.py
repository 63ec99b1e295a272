# Stage 1 of ablation 4: without L_dis, L_ccl having its full weight.
# Launch: tools/dist_train.sh configs/ablations/cvlp-row4_r50_imagenet_lt.py 8
_base_ = '../cvlp_r50_imagenet_lt.py'
work_dir = 'work_dirs/cvlp-row4_r50_imagenet_lt'
model = dict(teacher=False, ccl_weight=1.0)
custom_hooks = [
    dict(type='SentenceBankHook'),
    dict(
        type='AnSSHook', images='val_dataloader', max_images_per_class=None,
        selector=dict(type='AnSS', num_anchors=64))
]
