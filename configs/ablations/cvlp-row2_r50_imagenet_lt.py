# In place of stage 1 for ablation 2: no training, only the anchors that the
# towers select as they come.
# Launch: tools/dist_train.sh configs/ablations/cvlp-row2_r50_imagenet_lt.py 8
_base_ = '../cvlp_r50_imagenet_lt.py'
work_dir = 'work_dirs/cvlp-row2_r50_imagenet_lt'
model = dict(teacher=False)
param_scheduler = None
train_cfg = dict(max_epochs=0)
custom_hooks = [
    dict(
        type='AnSSHook', images='val_dataloader', max_images_per_class=None,
        selector=dict(type='AnSS', num_anchors=64))
]
