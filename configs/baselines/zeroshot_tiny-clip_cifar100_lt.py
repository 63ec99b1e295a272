# Zero-shot on CIFAR-100-LT from a tiny CLIP: the class whose prompts are
# nearest, with the towers as they come. Nothing is trained.
# Launch: python tools/test.py \
#    configs/baselines/zeroshot_tiny-clip_cifar100_lt.py
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/cifar100_lt_48.py',
    '../_base_/schedules/training_free.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/zeroshot_tiny-clip_cifar100_lt'
row_name = 'Zero-shot CLIP'
pretrain_config = '../clip_tiny_shapes.py'
pretrain_work_dir = 'work_dirs/clip_tiny_shapes'
train_dataloader = None
model = dict(
    backbone=dict(
        pretrained='work_dirs/clip_tiny_shapes/epoch_12.pth', frozen=False),
    head=dict(
        _delete_=True,
        type='PrototypeClsHead',
        num_classes=100, embed_dims=128))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        corpus=dict(sources=[dict(type='PromptTemplates')]),
        text_backbone=dict(
            type='OpenCLIPTextBackbone',
            arch={{_base_.model.backbone.arch}},
            pretrained='work_dirs/clip_tiny_shapes/epoch_12.pth'))
]
