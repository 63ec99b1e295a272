# Zero-shot: the class whose 80 prompts are nearest. Nothing is trained.
# Launch: python tools/test.py \
#    configs/photographs/features/zeroshot_stand-in_cifar100_lt.py
_base_ = [
    '../../_base_/models/features.py', '../../_base_/models/stand-in_arch.py',
    '../../_base_/datasets/cifar100_lt_stand-in.py',
    '../../_base_/schedules/training_free.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/zeroshot_stand-in_cifar100_lt'
row_name = 'Zero-shot, prompts'
train_dataloader = None
model = dict(
    head=dict(
        type='PrototypeClsHead', num_classes={{_base_.num_classes}},
        embed_dims={{_base_.embed_dims}}))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        corpus=dict(sources=[dict(type='PromptTemplates')]),
        text_backbone=dict(
            type='OpenCLIPTextBackbone', arch={{_base_.arch}},
            pretrained={{_base_.clip}}))
]
