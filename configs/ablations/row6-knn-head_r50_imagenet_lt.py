# Ablation 6 on ImageNet-LT, RN50: the vote of the 5 nearest sentences, in the
# towers of stage 1. Nothing more is trained.
# Paper, top1: 63.9.
# Ours: not yet run.
# Launch: tools/dist_test.sh \
#    configs/ablations/row6-knn-head_r50_imagenet_lt.py '' 8
_base_ = [
    '../_base_/models/linear_r50.py', '../_base_/datasets/imagenet_lt.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/row6-knn-head_r50_imagenet_lt'
row_name = '6 KNN head'
pretrain_config = 'cvlp-row1_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/cvlp-row1_r50_imagenet_lt'
clip = dict(
    arch='RN50-quickgelu', pretrained=f'{pretrain_work_dir}/epoch_50.pth')
train_dataloader = None
model = dict(
    backbone=dict(**clip, frozen=False),
    head=dict(_delete_=True, type='KNNClsHead', num_classes=1000, k=5))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        corpus={{_base_.corpus}},
        text_backbone=dict(type='OpenCLIPTextBackbone', **clip))
]
