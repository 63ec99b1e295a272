# SADE on a test of other class shares: 50 to 1 images a class, falling as in
# training. The experts' weights are learned from the test images, without
# their labels. Any other published list: --cfg-options
# test_dataloader.dataset.ann_file=ImageNet_LT_backward50.txt. Nothing is
# trained.
# Literature, top1: 69.4 (forward50), 53.1 (backward50).
# Ours: not yet run.
# Launch: tools/dist_test.sh \
#    configs/baselines/sade/sade-forward50_x50_imagenet_lt.py '' 8
_base_ = 'sade_x50_imagenet_lt.py'
work_dir = 'work_dirs/sade-forward50_x50_imagenet_lt'
row_name = 'SADE, forward 50'
pretrain_config = 'sade_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/sade_x50_imagenet_lt'
model = dict(pretrained=f'{pretrain_work_dir}/epoch_180.pth')
train_cfg = train_dataloader = optim_wrapper = param_scheduler = None
test_dataloader = dict(dataset=dict(ann_file='ImageNet_LT_forward50.txt'))
custom_hooks = [dict(
    type='TestTimeAggregationHook', view={{_base_.steady_view}}, batch_size=16,
    optimizer=dict(
        type='SGD', lr=0.025, momentum=0.9, nesterov=True, weight_decay=5e-4))]
