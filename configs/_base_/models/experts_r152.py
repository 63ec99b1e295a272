# ResNet-152 of three experts, each of full width, all from the weights of one
# trained on ImageNet (torchvision's names of tensors; the field has those that
# were converted from Caffe).
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='ExpertResNet',
        depth=152,
        num_experts=3,
        width=1,
        zero_init_residual=False,
        init_cfg=dict(
            type='Pretrained', checkpoint='data/imagenet/resnet152.pth')),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='MultiExpertClsHead',
        num_experts=3,
        in_channels=2048,
        scale=30.0))
