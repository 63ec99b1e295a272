# Zero-shot with the tiny CLIP: the class whose 80 prompts are nearest.
_base_ = 'linear_tiny-clip.py'
row_name = 'Zero-shot CLIP'
clip = dict(
    arch=_base_.arch,
    pretrained=_base_.model.backbone.pretrained)
model = dict(
    backbone=dict(frozen=False),
    head=dict(_delete_=True, type='PrototypeClsHead', embed_dims=128))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        corpus=dict(sources=[dict(type='PromptTemplates')]),
        text_backbone=dict(type='OpenCLIPTextBackbone', **clip))
]
