# Cross entropy on iNaturalist 2018: ResNet-50 from scratch and a linear head,
# every image alike. The schedule is that of Kang et al., ICLR 2020, in its
# longer form.
# Launch: tools/dist_train.sh configs/baselines/ce/ce_resnet50_inat18.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/inat18_cnn_in1k.py',
    '../../_base_/schedules/cnn_200.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_resnet50_inat18'
row_name = 'CE'
model = dict(head=dict(num_classes=8142))
train_dataloader = dict(batch_size=64)  # of 8 GPUs
