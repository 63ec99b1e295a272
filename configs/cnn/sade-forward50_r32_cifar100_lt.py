# SADE on a test with 50 to 1 images a class, falling as in training: the experts'
# weights are learned from the test images, without their labels. The list is
# made by tools/dataset_converters/shift_test_list.py. Nothing is trained.
# Launch: python tools/test.py configs/cnn/sade-forward50_r32_cifar100_lt.py
_base_ = 'sade_r32_cifar100_lt.py'
work_dir = 'work_dirs/sade-forward50_r32_cifar100_lt'
row_name = 'SADE, forward 50'
pretrain_config = 'sade_r32_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/sade_r32_cifar100_lt'
model = dict(pretrained=f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth')
train_cfg = train_dataloader = optim_wrapper = param_scheduler = None
test_dataloader = dict(dataset=dict(ann_file='CIFAR100_LT_forward50.txt'))
custom_hooks = [dict(
    type='TestTimeAggregationHook', view={{_base_.steady_view}},
    num_workers=1,
    optimizer=dict(
        type='SGD', lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4))]
